import type { Transaction } from '../../platform/database/client.ts'
import { type FormSchema, formSchemaOf } from './form.model.ts'

export type ActiveForm = Readonly<{ id: string; name: string; schema: FormSchema }>

/** The form in force for an event type of a pastor's: the oldest active one, or null. */
export async function readActiveForm(
  tx: Pick<Transaction, 'form'>,
  userId: string,
  eventTypeId: number,
): Promise<ActiveForm | null> {
  const form = await tx.form.findFirst({
    where: { userId, eventTypeId, isActive: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true, name: true, schema: true },
  })
  return form && { ...form, schema: formSchemaOf(form.schema) }
}
