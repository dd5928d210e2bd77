import { type BookingChangeRow, type ChangePosition, encodeCursor } from './change-cursor.model.ts'

/** How far a follower has read, and the cursor that stands for it. */
export type FeedPosition = Readonly<{ position: ChangePosition; cursor: string }>

/** A change, and the cursor that continues after it. */
export type FollowedChange = BookingChangeRow & Readonly<{ cursor: string }>

/** One step along the log: the change, and the place behind it. */
export type ChangeStep = Readonly<{ change: FollowedChange; place: FeedPosition }>

export function positionAt(position: ChangePosition): FeedPosition {
  return { position, cursor: encodeCursor(position) }
}

/** How a row lies to a place: already read, the next one of its owner, or beyond rows that are missing. */
export function compareToPosition(row: BookingChangeRow, { position }: FeedPosition): 'read' | 'next' | 'beyond' {
  const read = position.get(row.ownerId) ?? 0n
  if (row.number <= read) return 'read'
  return row.number === read + 1n ? 'next' : 'beyond'
}

/** The step from a place over its next row. */
export function advance({ position }: FeedPosition, row: BookingChangeRow): ChangeStep {
  const place = positionAt(new Map(position).set(row.ownerId, row.number))
  return { change: { ...row, cursor: place.cursor }, place }
}
