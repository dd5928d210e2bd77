import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ConflictError } from '../../../platform/errors.ts'
import { decided, type MeetingOutcome } from '../lifecycle/event-log.model.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type RecordOutcomeDeps = Parameters<typeof changeOwnBooking>[0]

const open: readonly string[] = ['confirmed', 'completed', 'no_show']

/**
 * Records what became of one of the viewer's own meetings, or with null takes that back. Cal.com tells it too, where it is
 * asked to and is not cut off; the word of whoever was there counts before that, until the meeting is moved or closed.
 *
 * @throws ConflictError before the meeting has begun, or when it was not going to take place; NotFoundError when there is
 *   no such booking, it is another's, or retention has emptied it; UnreadableError; AuditUnavailableError
 */
export async function recordMeetingOutcome(
  deps: RecordOutcomeDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, outcome }: Readonly<{ bookingId: string; outcome: MeetingOutcome | null }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, life, entries, about }) => {
    const now = deps.clock.now()
    if (!open.includes(row.status)) throw new ConflictError('Only a confirmed meeting can have an outcome.')
    if (life.startTime > now) throw new ConflictError('This meeting has not started yet. Try again once it has.')
    const startTime = life.startTime.toISOString()
    return {
      trigger: 'OUTCOME_RECORDED',
      entry: decided(entries, now, { kind: 'outcome', outcome, startTime }),
      audit: { ...about, action: 'booking.outcome_recorded', metadata: { from: row.status, outcome } },
    }
  })
}
