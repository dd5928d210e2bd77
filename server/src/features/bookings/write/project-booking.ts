import { createHash } from 'node:crypto'
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import type { FoundBooking, ProjectedBooking } from './booking-row.model.ts'

/** What an event provides for its booking. */
type Given = Readonly<{
  /** Cal.com's booking number, unless another booking has it. */
  number: number | null
  /** The user who is the event's organizer. */
  ownerId: string | null
}>

/**
 * Computes the new state of a booking from its events.
 *
 * @throws Error if no event provides the start time and the owner. Events are never removed, so this is a bug.
 */
export function projectBooking(found: FoundBooking, entries: readonly LogEntry[], given: Given): ProjectedBooking {
  const { id, row } = found
  const life = foldEvents(entries)
  const ownerId = life?.ownerId ?? row?.userId ?? given.ownerId
  if (life === null || ownerId === null) throw new Error(`booking ${id} has lost its beginning`)
  const ofCal = row !== null && row.calBookingId > 0 ? row.calBookingId : given.number
  return { entries, life, ownerId, calBookingId: ofCal ?? row?.calBookingId ?? numberInstead(life.uid ?? id) }
}

/** A substitute for a missing booking number. Negative, because Cal.com's numbers never are. */
function numberInstead(name: string): number {
  return -1 - (createHash('sha256').update(name).digest().readUInt32BE() % 2_147_483_647)
}
