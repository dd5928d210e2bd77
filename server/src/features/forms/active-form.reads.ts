import type { Prisma, Transaction } from '../../platform/database/client.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import { type FormSchema, formSchemaOf } from './form.model.ts'

export type ActiveForm = Readonly<{ id: string; name: string; schema: FormSchema }>

/** What a pastor calls an event type; each text is null where none is known. */
export type KnownEventType = Readonly<{ title: string | null; slug: string | null; description: string | null }>

/**
 * The form in force for an event type, and what the event type is called, in one statement. Both are null where there is
 * none.
 *
 * @param hostId - the pastor whose event type it is; another than the owner where the booking was handed over
 */
export async function readFormAndEventType(
  tx: Pick<Transaction, '$queryRaw'>,
  { ownerId, hostId, eventTypeId }: Readonly<{ ownerId: string; hostId: string; eventTypeId: number }>,
): Promise<Readonly<{ form: ActiveForm | null; eventType: KnownEventType | null }>> {
  const [found] = await tx.$queryRaw<FormAndEventType[]>`
    SELECT f.id, f.name, f.schema, e.id AS "knownId", e.title, e.slug, e.description
    FROM (SELECT true) AS one
    LEFT JOIN LATERAL (
      SELECT id, name, schema FROM forms
      WHERE "userId" = ${ownerId}::uuid AND "eventTypeId" = ${eventTypeId}::int AND "isActive"
      ORDER BY "createdAt", id LIMIT 1
    ) AS f ON true
    LEFT JOIN event_types e ON e."userId" = ${hostId}::uuid AND e."eventTypeId" = ${eventTypeId}::int`
  if (found === undefined) return { form: null, eventType: null }
  const { id, name, schema, knownId, ...texts } = found
  const form = id === null || name === null ? null : { id, name, schema: formSchemaOf(schema) }
  return { form, eventType: knownId === null ? null : texts }
}

type FormAndEventType = KnownEventType &
  Readonly<{ id: string | null; name: string | null; schema: unknown; knownId: string | null }>

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

/** A form in force, whose it is, and what that pastor calls its event type. */
export type OwnedForm = Readonly<{ ownerId: string; form: ActiveForm; eventType: KnownEventType | null }>

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
  const forms = await tx.$queryRaw<({ at: number; ownerId: string } & FormAndEventType & ActiveForm)[]>`
    SELECT o.at::int, o.id AS "ownerId", f.id, f.name, f.schema, k.id AS "knownId", k.title, k.slug, k.description
    FROM (${owners}) AS o JOIN unnest(${eventTypeIds}::int[]) WITH ORDINALITY AS e ("eventTypeId", at) USING (at)
    CROSS JOIN LATERAL (
      SELECT id, name, schema FROM forms
      WHERE forms."userId" = o.id AND forms."eventTypeId" = e."eventTypeId" AND "isActive"
      ORDER BY "createdAt", id LIMIT 1
    ) AS f
    LEFT JOIN event_types k ON k."userId" = o.id AND k."eventTypeId" = e."eventTypeId"`
  const found = new Map(
    forms.map(({ at, ownerId, id, name, schema, knownId, ...texts }) => [
      at - 1,
      { ownerId, form: { id, name, schema: formSchemaOf(schema) }, eventType: knownId === null ? null : texts },
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
