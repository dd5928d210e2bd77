import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ConflictError, ForbiddenError } from '../../../platform/errors.ts'
import { asksForAnonymity } from '../lifecycle/sensitivity.model.ts'
import { mayShowMore } from '../policy.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type SetAnonymityDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Sets whether one of the viewer's own bookings is anonymous, regardless of its sensitivity. Its people are then encrypted,
 * and its plaintext columns only show that there is an appointment. If false, its sensitivity alone decides. Later Cal.com
 * events don't change the setting.
 *
 * @throws ConflictError if the attendee asked for anonymity, which the pastor can't undo
 * @throws NotFoundError if the booking doesn't exist, isn't the viewer's, or was emptied by retention
 * @throws ForbiddenError if an API token would undo anonymity; UnreadableError, AuditUnavailableError
 */
export async function setBookingAnonymity(
  deps: SetAnonymityDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, isAnonymous }: Readonly<{ bookingId: string; isAnonymous: boolean }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, folded, auditFields }) => {
    if (!isAnonymous && !mayShowMore(viewer)) throw new ForbiddenError()
    if (!isAnonymous && asksForAnonymity(folded.answers)) {
      throw new ConflictError("The attendee asked to stay anonymous. This can't be undone here.")
    }
    return {
      trigger: 'ANONYMITY_SET',
      set: { isAnonymous },
      audit: { ...auditFields, action: 'booking.anonymity_set', metadata: { from: row.isAnonymous, to: isAnonymous } },
    }
  })
}
