import { type BookingChangeRow, type ChangePosition, encodeCursor } from './change-cursor.model.ts'

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
