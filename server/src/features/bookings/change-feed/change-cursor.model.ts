import { z } from 'zod'

/** One row of the ordered log behind the live subscription. */
export type BookingChangeRow = Readonly<{ ownerId: string; number: bigint; bookingId: string; kind: BookingChangeKind }>

const bookingChangeKinds = ['created', 'updated', 'rescheduled', 'cancelled', 'summary_ready', 'removed'] as const

export type BookingChangeKind = (typeof bookingChangeKinds)[number]

/** How far somebody has read: the last number seen of each owner. An owner that is missing has been read up to 0. */
export type ChangePosition = ReadonlyMap<string, bigint>

const mostOwners = 10_000
const mostNumber = 10n ** 18n - 1n
const ownerBytes = 16
/** Of a varint of 18 digits. */
const mostNumberBytes = 9

/**
 * An opaque text for a position: base64url of the version, `2`, and for each owner the 16 bytes of their id and their number as
 * a LEB128 varint. Equal positions have one text, in whatever order they came about, so that followers who stand at the
 * same place can be told apart from others.
 */
export function encodeCursor(position: ChangePosition): string {
  const owners = [...position].filter(([, number]) => number > 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  // One text of hex digits: a write for each owner costs four times as much.
  const hex = owners.map(([ownerId, number]) => hexOf(ownerId) + varintOf(number))
  return Buffer.from(`32${hex.join('')}`, 'hex').toString('base64url')
}

/** The position that a cursor stands for, of this version or of the first, or null when it is none of ours. */
export function decodeCursor(cursor: string): ChangePosition | null {
  const bytes = Buffer.from(cursor, 'base64url')
  switch (String.fromCharCode(bytes[0] ?? 0)) {
    case '1':
      return fromPairs(bytes.toString('utf8', 1))
    case '2':
      return fromBytes(bytes.subarray(1))
    default:
      return null
  }
}

function hexOf(uuid: string): string {
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Seven bits a byte, the lowest first; all but the last byte have the highest bit set. As hex digits. */
function varintOf(number: bigint): string {
  if (number <= 0x7fn) return byteOf(Number(number))
  return byteOf(Number(number & 0x7fn) | 0x80) + varintOf(number >> 7n)
}

function byteOf(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** Null unless it is just what `encodeCursor` writes: each owner once, in their order, the numbers as short as they can be. */
function fromBytes(bytes: Buffer): ChangePosition | null {
  const hex = bytes.toString('hex')
  const position = new Map<string, bigint>()
  let [at, last] = [0, '']
  while (at < bytes.length) {
    const owner = hex.slice(2 * at, 2 * (at + ownerBytes))
    at += ownerBytes
    const end = endOfVarint(bytes, at)
    if (end === null || owner <= last || position.size === mostOwners) return null
    const number = numberIn(bytes, at, end)
    if (number > mostNumber) return null
    position.set(uuidOf(owner), number)
    ;[at, last] = [end, owner]
  }
  return position
}

/** Where the varint that begins there ends; null where the bytes end before it, or it is longer than it has to be. */
function endOfVarint(bytes: Buffer, start: number): number | null {
  for (let at = start; at < start + mostNumberBytes; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0) return null
    if (byte <= 0x7f) return at + 1
  }
  return null
}

function numberIn(bytes: Buffer, start: number, end: number): bigint {
  let number = 0n
  for (let at = end; at > start; at--) number = (number << 7n) | BigInt((bytes[at - 1] ?? 0) & 0x7f)
  return number
}

const positionSchema = z.array(z.tuple([z.uuid(), z.string().regex(/^\d{1,18}$/)])).max(mostOwners)

/** The first version: the JSON pairs of owner and number. Cursors that were given out so live as long as the log. */
function fromPairs(text: string): ChangePosition | null {
  const pairs = positionSchema.safeParse(parseJson(text))
  return pairs.success ? new Map(pairs.data.map(([ownerId, number]) => [ownerId, BigInt(number)])) : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
