import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Database } from '../../platform/database/client.ts'
import { checkSensitivity } from './check-sensitivity.ts'
import { type FormSchema, formSchemaOf, sensitivityOf } from './form.model.ts'
import { lockOwnForm } from './lock-own-form.ts'

/**
 * Sets the default sensitivity of the bookings of one of the viewer's own event types. Applies to bookings that are created
 * or updated from now on.
 *
 * @throws NotFoundError, ForbiddenError, AuditUnavailableError
 */
export async function setFormSensitivity(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  { formId, sensitivity }: Readonly<{ formId: string; sensitivity: 'High' | 'Medium' | 'Low' }>,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const form = await lockOwnForm(tx, viewer, formId)
    const before = formSchemaOf(form.schema)
    if (before.sensitivity === sensitivity) return
    const schema: FormSchema = { ...before, sensitivity }
    await checkSensitivity(tx, viewer, form, () => tx.form.update({ where: { id: formId }, data: { schema } }))
    await recordAudit(tx, [
      {
        action: 'form.sensitivity_set',
        resource: 'form',
        resourceId: formId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { from: sensitivityOf(before), to: sensitivity },
      },
    ])
  })
}
