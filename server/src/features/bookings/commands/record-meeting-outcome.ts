import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ConflictError } from '../../../platform/errors.ts'
import { decided, type MeetingOutcome } from '../lifecycle/event-log.model.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type RecordOutcomeDeps = Parameters<typeof changeOwnBooking>[0]

const recordableStatuses: readonly string[] = ['confirmed', 'completed', 'no_show']

/**
 * Records the outcome of one of the viewer's own meetings; null clears it. Cal.com reports outcomes too, if configured. The
 * pastor's takes precedence until the meeting is moved or closed.
 *
 * @throws ConflictError if the meeting has not started, or was not confirmed
 * @throws NotFoundError if the booking doesn't exist, isn't the viewer's, or was emptied by retention
 * @throws UnreadableError, AuditUnavailableError
 */
export async function recordMeetingOutcome(
  deps: RecordOutcomeDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, outcome }: Readonly<{ bookingId: string; outcome: MeetingOutcome | null }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, folded, entries, auditFields }) => {
    const now = deps.clock.now()
    if (!recordableStatuses.includes(row.status))
      throw new ConflictError('Only a confirmed meeting can have an outcome.')
    if (folded.startTime > now) throw new ConflictError('This meeting has not started yet. Try again once it has.')
    const startTime = folded.startTime.toISOString()
    return {
      trigger: 'OUTCOME_RECORDED',
      entry: decided(entries, now, { kind: 'outcome', outcome, startTime }),
      audit: { ...auditFields, action: 'booking.outcome_recorded', metadata: { from: row.status, outcome } },
    }
  })
}
