import { createHash } from 'node:crypto'
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import type { FoundBooking, ProjectedBooking } from './booking-row.model.ts'

/** What an event brings along for its booking. */
type Given = Readonly<{
  /** Cal.com's number, unless another booking has it. */
  number: number | null
  /** The user that its organizer is. */
  ownerId: string | null
}>

/**
 * What a booking becomes by these events.
 *
 * @throws Error when none of them begins it: a booking begins with an event that says when and whose it is, and no event of
 *   it is ever taken away
 */
export function projectBooking(found: FoundBooking, entries: readonly LogEntry[], given: Given): ProjectedBooking {
  const { id, row } = found
  const life = foldEvents(entries)
  const ownerId = life?.ownerId ?? row?.userId ?? given.ownerId
  if (life === null || ownerId === null) throw new Error(`booking ${id} has lost its beginning`)
  const ofCal = row !== null && row.calBookingId > 0 ? row.calBookingId : given.number
  return { entries, life, ownerId, calBookingId: ofCal ?? row?.calBookingId ?? numberInstead(life.uid ?? id) }
}

/** A number for a booking that has none of Cal.com's: below zero, where Cal.com's never are. */
function numberInstead(name: string): number {
  return -1 - (createHash('sha256').update(name).digest().readUInt32BE() % 2_147_483_647)
}
