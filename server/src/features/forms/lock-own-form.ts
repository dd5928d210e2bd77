import type { Viewer } from '../../core/access/viewer.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { lockForm } from './lock-form.ts'
import { mayReadForm, ownsForm } from './policy.ts'
import { type FormRow, findForm } from './reads.ts'

/**
 * Reads a form for update, and locks the forms of its event type until the end of the transaction.
 *
 * @throws NotFoundError if it doesn't exist or the viewer can't read it; ForbiddenError if the viewer may only read it
 */
export async function lockOwnForm(tx: Transaction, viewer: Viewer, formId: string): Promise<FormRow> {
  const form = isUuid(formId) ? await findForm(tx, formId) : null
  if (form === null || !mayReadForm(viewer, form)) throw new NotFoundError()
  if (!ownsForm(viewer, form)) throw new ForbiddenError()
  await lockForm(tx, form.userId, form.eventTypeId)
  // Read again: a booking may have added a question before the lock was taken.
  const locked = await findForm(tx, formId)
  if (locked === null) throw new NotFoundError()
  return locked
}
