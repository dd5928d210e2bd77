import { z } from 'zod'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import type { AuditEntry } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { runTransaction } from '../../platform/database/run-transaction.ts'
import { NotFoundError } from '../../platform/errors.ts'
import type { Queue } from '../../platform/queue.ts'
import { readBookingRow } from './booking-keys.reads.ts'
import { lifeOf } from './life.model.ts'
import { openLife } from './open-life.ts'
import { mayChangeBooking } from './policy.ts'
import { type SaveDeps, saveBooking } from './save-booking.ts'
import type { Sensitivity } from './sensitivity.model.ts'
import { tellOfChanges } from './tell-of-changes.ts'

type SetSensitivityDeps = SaveDeps & Readonly<{ database: Database; queue: Pick<Queue, 'enqueue'> }>

/**
 * Sets the sensitivity of one of the viewer's own bookings. From then on it counts before the event type's setting and
 * before any word; every clear column is made anew for it, and so is the summary.
 *
 * @throws NotFoundError when there is no such booking, it is another's, or retention has emptied it;
 *   UnreadableError; AuditUnavailableError
 */
export async function setBookingSensitivity(
  deps: SetSensitivityDeps,
  viewer: Viewer,
  origin: Origin,
  { bookingId, sensitivity }: Readonly<{ bookingId: string; sensitivity: Sensitivity }>,
): Promise<void> {
  if (!z.uuid().safeParse(bookingId).success) throw new NotFoundError()
  await runTransaction(deps.database, async (tx) => {
    const row = await readBookingRow(tx, bookingId)
    if (row === null || !mayChangeBooking(viewer, row)) throw new NotFoundError()
    const found = await openLife(tx, deps, bookingId)
    const life = found && lifeOf(found.entries)
    if (found === null || life === null) throw new NotFoundError()
    const { entries } = found
    const next = { entries, life, ownerId: row.userId, calBookingId: row.calBookingId, pastorSensitivity: sensitivity }
    const saved = await saveBooking(tx, deps, found, next)
    const set: AuditEntry = {
      action: 'booking.sensitivity_set',
      resource: 'booking',
      resourceId: bookingId,
      userId: viewer.userId,
      bookingId,
      origin,
      metadata: { from: row.sensitivity, to: sensitivity },
    }
    await tellOfChanges(tx, deps, [{ ...saved, audit: [...saved.audit, set] }], {
      trigger: 'SENSITIVITY_SET',
      deliveryId: null,
      event: null,
    })
  })
}
