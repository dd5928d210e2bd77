import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ForbiddenError } from '../../../platform/errors.ts'
import { isLooser, type Sensitivity } from '../lifecycle/sensitivity.model.ts'
import { mayShowMore } from '../policy.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type SetSensitivityDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Sets the sensitivity of one of the viewer's own bookings. From then on it counts before the event type's setting and
 * before any word; every clear column is made anew for it, and so is the summary.
 *
 * @throws NotFoundError when there is no such booking, it is another's, or retention has emptied it;
 *   ForbiddenError for a token that would lower it; UnreadableError; AuditUnavailableError
 */
export async function setBookingSensitivity(
  deps: SetSensitivityDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, sensitivity }: Readonly<{ bookingId: string; sensitivity: Sensitivity }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, about }) => {
    if (isLooser(sensitivity, row.sensitivity) && !mayShowMore(viewer)) throw new ForbiddenError()
    return {
      trigger: 'SENSITIVITY_SET',
      set: { sensitivity },
      audit: { ...about, action: 'booking.sensitivity_set', metadata: { from: row.sensitivity, to: sensitivity } },
    }
  })
}
