import { z } from 'zod'
import type { Viewer } from '../../../core/access/viewer.ts'

/** A subscriber's position in the feed, and its cursor. */
export type FeedPosition = Readonly<{ changes: ChangePosition; cursor: string }>

/** A change, and the cursor to continue after it. */
export type FollowedChange = BookingChangeRow & Readonly<{ cursor: string }>

/** A change, and the position after it. */
export type ChangeStep = Readonly<{ change: FollowedChange; position: FeedPosition }>

export function positionAt(position: ChangePosition): FeedPosition {
  return { changes: position, cursor: encodeCursor(position) }
}

/** Whether a row is already seen from a position, the next one of its owner, or after a gap. */
export function compareToPosition(row: BookingChangeRow, { changes }: FeedPosition): 'seen' | 'next' | 'gap' {
  const read = changes.get(row.ownerId) ?? 0n
  if (row.number <= read) return 'seen'
  return row.number === read + 1n ? 'next' : 'gap'
}

/** Advances a position by its next row. */
export function advance({ changes }: FeedPosition, row: BookingChangeRow): ChangeStep {
  const position = positionAt(new Map(changes).set(row.ownerId, row.number))
  return { change: { ...row, cursor: position.cursor }, position }
}

/** The changes of one owner, or of everybody. */
export type FeedScope = Readonly<{ ownerId: string } | { everybody: true }>

/** The scope of a viewer's feed: their own changes, or everybody's for an admin. */
export function feedScopeOf(viewer: Viewer): FeedScope {
  return viewer.role === 'admin' ? { everybody: true } : { ownerId: viewer.userId }
}

export function isInFeedScope(scope: FeedScope, ownerId: string): boolean {
  return 'everybody' in scope || scope.ownerId === ownerId
}

const notificationSchema = z.object({ ownerId: z.string(), number: z.int().positive() })

/**
 * Parses a notification on the channel `booking_changes`: an owner and the number of their latest change. Null if it is
 * invalid.
 */
export function notificationOf(text: string): Readonly<{ ownerId: string; number: bigint }> | null {
  try {
    const { ownerId, number } = notificationSchema.parse(JSON.parse(text))
    return { ownerId, number: BigInt(number) }
  } catch {
    return null
  }
}

/** A row of the change feed. */
export type BookingChangeRow = Readonly<{ ownerId: string; number: bigint; bookingId: string; kind: BookingChangeKind }>

const bookingChangeKinds = ['created', 'updated', 'rescheduled', 'cancelled', 'summary_ready', 'removed'] as const

export type BookingChangeKind = (typeof bookingChangeKinds)[number]

/** The last change number read of each owner. Missing owners count as 0. */
export type ChangePosition = ReadonlyMap<string, bigint>

const maxOwners = 10_000
const maxNumber = 10n ** 18n - 1n
const ownerBytes = 16
/** The maximum length of a varint with 18 decimal digits. */
const maxNumberBytes = 9

/**
 * Encodes a position as an opaque cursor: base64url of the version, `2`, then for each owner the 16 bytes of their ID and
 * their number as a LEB128 varint. Equal positions have equal cursors, so that subscribers at the same position can share
 * results.
 */
export function encodeCursor(position: ChangePosition): string {
  const owners = [...position].filter(([, number]) => number > 0n).sort(([a], [b]) => (a < b ? -1 : 1))
  // Builds one hex string, because a Buffer write per owner is four times slower.
  const hex = owners.map(([ownerId, number]) => hexOf(ownerId) + varintOf(number))
  return Buffer.from(`32${hex.join('')}`, 'hex').toString('base64url')
}

/** Decodes a cursor of the current or the first version. Null if it is invalid. */
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

/** LEB128 as hex digits: seven bits per byte, lowest first; all bytes but the last have the highest bit set. */
function varintOf(number: bigint): string {
  if (number <= 0x7fn) return byteOf(Number(number))
  return byteOf(Number(number & 0x7fn) | 0x80) + varintOf(number >> 7n)
}

function byteOf(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** Null unless it is exactly what `encodeCursor` produces: unique owners in ascending order, and minimal varints. */
function fromBytes(bytes: Buffer): ChangePosition | null {
  const hex = bytes.toString('hex')
  const position = new Map<string, bigint>()
  let [at, last] = [0, '']
  while (at < bytes.length) {
    const owner = hex.slice(2 * at, 2 * (at + ownerBytes))
    at += ownerBytes
    const end = endOfVarint(bytes, at)
    if (end === null || owner <= last || position.size === maxOwners) return null
    const number = numberIn(bytes, at, end)
    if (number > maxNumber) return null
    position.set(uuidOf(owner), number)
    ;[at, last] = [end, owner]
  }
  return position
}

/** Where the varint at `start` ends. Null if it is truncated or not minimal. */
function endOfVarint(bytes: Buffer, start: number): number | null {
  for (let at = start; at < start + maxNumberBytes; at++) {
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

const positionSchema = z.array(z.tuple([z.uuid(), z.string().regex(/^\d{1,18}$/)])).max(maxOwners)

/** The first version: JSON pairs of owner and number. Such cursors remain valid as long as the feed is kept. */
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
