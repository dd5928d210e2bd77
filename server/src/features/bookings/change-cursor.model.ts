import { z } from 'zod'

/** One row of the ordered log behind the live subscription. */
export type BookingChangeRow = Readonly<{ ownerId: string; number: bigint; bookingId: string; kind: BookingChangeKind }>

export const bookingChangeKinds = [
  'created',
  'updated',
  'rescheduled',
  'cancelled',
  'summary_ready',
  'removed',
] as const

export type BookingChangeKind = (typeof bookingChangeKinds)[number]

/** How far somebody has read: the last number seen of each owner. An owner that is missing has been read up to 0. */
export type ChangePosition = ReadonlyMap<string, bigint>

const positionSchema = z.array(z.tuple([z.uuid(), z.string().regex(/^\d{1,18}$/)])).max(10_000)

/**
 * An opaque text for a position: version 1 is base64url of the JSON pairs of owner and number. Equal positions have one
 * text, in whatever order they came about, so that followers who stand at the same place can be told apart from others.
 */
export function encodeCursor(position: ChangePosition): string {
  const pairs = [...position]
    .filter(([, number]) => number > 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ownerId, number]) => [ownerId, number.toString()])
  return Buffer.from(`1${JSON.stringify(pairs)}`).toString('base64url')
}

/** The position that a cursor stands for, or null when it is none of ours. */
export function decodeCursor(cursor: string): ChangePosition | null {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!text.startsWith('1')) return null
  const pairs = positionSchema.safeParse(parseJson(text.slice(1)))
  return pairs.success ? new Map(pairs.data.map(([ownerId, number]) => [ownerId, BigInt(number)])) : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
