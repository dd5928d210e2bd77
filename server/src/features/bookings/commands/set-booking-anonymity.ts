import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ConflictError, ForbiddenError } from '../../../platform/errors.ts'
import { asksForAnonymity } from '../lifecycle/sensitivity.model.ts'
import { mayShowMore } from '../policy.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type SetAnonymityDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Makes one of the viewer's own bookings anonymous, whatever its sensitivity: its people are sealed, and what stands in
 * clear tells no more than that there is an appointment. Undone, it stands as its sensitivity lets it. Either is kept
 * whatever Cal.com sends later.
 *
 * @throws ConflictError when it was the attendee who asked for it: that is not for the pastor to undo;
 *   NotFoundError when there is no such booking, it is another's, or retention has emptied it;
 *   ForbiddenError for a token that would undo it; UnreadableError; AuditUnavailableError
 */
export async function setBookingAnonymity(
  deps: SetAnonymityDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, isAnonymous }: Readonly<{ bookingId: string; isAnonymous: boolean }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, life, about }) => {
    if (!isAnonymous && !mayShowMore(viewer)) throw new ForbiddenError()
    if (!isAnonymous && asksForAnonymity(life.answers)) {
      throw new ConflictError("The attendee asked to stay anonymous. This can't be undone here.")
    }
    return {
      trigger: 'ANONYMITY_SET',
      set: { isAnonymous },
      audit: { ...about, action: 'booking.anonymity_set', metadata: { from: row.isAnonymous, to: isAnonymous } },
    }
  })
}
