import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { checkSensitivity } from './check-sensitivity.ts'
import { FormActiveError } from './errors.ts'
import { lockOwnForm } from './lock-own-form.ts'
import { hasOtherActiveForm } from './reads.ts'

/**
 * Activates or deactivates one of the viewer's own forms. If none is active, the next booking of the event type creates one,
 * with the sensitivity of the last.
 *
 * @throws NotFoundError, ForbiddenError, FormActiveError, AuditUnavailableError
 */
export async function setFormActive(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  { formId, isActive }: Readonly<{ formId: string; isActive: boolean }>,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const form = await lockOwnForm(tx, viewer, formId)
    if (form.isActive === isActive) return
    if (isActive && (await hasOtherActiveForm(tx, form))) throw new FormActiveError()
    await checkSensitivity(tx, viewer, form, () => tx.form.update({ where: { id: formId }, data: { isActive } }))
    await recordAudit(tx, [
      {
        action: 'form.changed',
        resource: 'form',
        resourceId: formId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { changed: ['isActive'] },
      },
    ])
  })
}
