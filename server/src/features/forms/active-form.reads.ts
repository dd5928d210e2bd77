import type { Prisma, Transaction } from '../../platform/database/client.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
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

/** A form in force, and whose it is. */
export type OwnedForm = Readonly<{ ownerId: string; form: ActiveForm }>

/**
 * The forms in force for several event types; null for one that has none, or no owner.
 *
 * @param owners - a query for the owner of each: `at`, counted from 1, and `id`
 */
export async function readActiveForms(
  tx: Pick<SqlTransaction, '$queryRaw'>,
  owners: Prisma.Sql,
  eventTypeIds: readonly number[],
): Promise<(OwnedForm | null)[]> {
  const forms = await tx.$queryRaw<{ at: number; ownerId: string; id: string; name: string; schema: unknown }[]>`
    SELECT o.at::int, o.id AS "ownerId", f.id, f.name, f.schema
    FROM (${owners}) AS o JOIN unnest(${eventTypeIds}::int[]) WITH ORDINALITY AS e ("eventTypeId", at) USING (at)
    CROSS JOIN LATERAL (
      SELECT id, name, schema FROM forms
      WHERE forms."userId" = o.id AND forms."eventTypeId" = e."eventTypeId" AND "isActive"
      ORDER BY "createdAt", id LIMIT 1
    ) AS f`
  const found = new Map(
    forms.map(({ at, ownerId, schema, ...form }) => [
      at - 1,
      { ownerId, form: { ...form, schema: formSchemaOf(schema) } },
    ]),
  )
  return eventTypeIds.map((_, at) => found.get(at) ?? null)
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
