import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { ForbiddenError } from '../../../platform/errors.ts'
import { isLooser, type Sensitivity } from '../lifecycle/sensitivity.model.ts'
import { mayShowMore } from '../policy.ts'
import { changeOwnBooking } from './change-own-booking.ts'

type SetSensitivityDeps = Parameters<typeof changeOwnBooking>[0]

/**
 * Sets the sensitivity of one of the viewer's own bookings. It then takes precedence over the event type's setting and over
 * any text. Recomputes all plaintext columns and enqueues a new summary.
 *
 * @throws NotFoundError if the booking doesn't exist, isn't the viewer's, or was emptied by retention
 * @throws ForbiddenError if an API token would lower it; UnreadableError, AuditUnavailableError
 */
export async function setBookingSensitivity(
  deps: SetSensitivityDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, sensitivity }: Readonly<{ bookingId: string; sensitivity: Sensitivity }>,
): Promise<void> {
  await changeOwnBooking(deps, viewer, origin, bookingId, ({ row, auditFields }) => {
    if (isLooser(sensitivity, row.sensitivity) && !mayShowMore(viewer)) throw new ForbiddenError()
    return {
      trigger: 'SENSITIVITY_SET',
      set: { sensitivity },
      audit: {
        ...auditFields,
        action: 'booking.sensitivity_set',
        metadata: { from: row.sensitivity, to: sensitivity },
      },
    }
  })
}
