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

/** The forms in force for several event types, each of a pastor's; null for one that has none. */
export async function readActiveForms(
  tx: Pick<Transaction, '$queryRaw'>,
  eventTypes: readonly Readonly<{ userId: string; eventTypeId: number }>[],
): Promise<(ActiveForm | null)[]> {
  const forms = await tx.$queryRaw<{ at: number; id: string; name: string; schema: unknown }[]>`
    SELECT e.at::int, f.id, f.name, f.schema
    FROM unnest(${eventTypes.map(({ userId }) => userId)}::uuid[], ${eventTypes.map(({ eventTypeId }) => eventTypeId)}::int[])
      WITH ORDINALITY AS e ("userId", "eventTypeId", at)
    CROSS JOIN LATERAL (
      SELECT id, name, schema FROM forms
      WHERE forms."userId" = e."userId" AND forms."eventTypeId" = e."eventTypeId" AND "isActive"
      ORDER BY "createdAt", id LIMIT 1
    ) AS f`
  const found = new Map(forms.map(({ at, id, name, schema }) => [at - 1, { id, name, schema: formSchemaOf(schema) }]))
  return eventTypes.map((_, at) => found.get(at) ?? null)
}

/**
 * How sensitive the bookings of an event type are unless something raises them: what the form in force says, or, where none
 * is, the one that was last. Putting a form out of force must not make what people say next less sensitive.
 */
export async function readEventTypeSensitivity(
  tx: Pick<Transaction, 'form'>,
  userId: string,
  eventTypeId: number,
): Promise<FormSchema['sensitivity'] | null> {
  return readSensitivityUnder(tx, await readActiveForm(tx, userId, eventTypeId), userId, eventTypeId)
}

/** The same for whoever has read the form in force already; null where none is. */
export async function readSensitivityUnder(
  tx: Pick<Transaction, 'form'>,
  inForce: ActiveForm | null,
  userId: string,
  eventTypeId: number,
): Promise<FormSchema['sensitivity'] | null> {
  if (inForce !== null) return inForce.schema.sensitivity ?? null
  const last = await tx.form.findFirst({
    where: { userId, eventTypeId },
    orderBy: [{ updatedAt: 'desc' }, { id: 'desc' }],
    select: { schema: true },
  })
  return formSchemaOf(last?.schema).sensitivity ?? null
}
