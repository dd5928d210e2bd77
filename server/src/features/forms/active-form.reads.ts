import type { Prisma, Transaction } from '../../platform/database/client.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import { type FormSchema, formSchemaOf } from './form.model.ts'

export type ActiveForm = Readonly<{ id: string; name: string; schema: FormSchema }>

/** The texts of an event type. Null where unknown. */
export type KnownEventType = Readonly<{ title: string | null; slug: string | null; description: string | null }>

/**
 * Reads the active form of an event type and the event type's texts in one statement. Each is null if there is none.
 *
 * @param hostId - the pastor whose event type it is; differs from the owner if the booking was handed over
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

/** The active form of a pastor's event type (the oldest one), or null. */
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

/** An active form with its owner and the texts of its event type. */
export type OwnedForm = Readonly<{ ownerId: string; form: ActiveForm; eventType: KnownEventType | null }>

/**
 * The active form of each of several event types; null for those without a form or an owner.
 *
 * @param owners - a query that returns the owner of each event type: `at`, starting at 1, and `id`
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
 * The default sensitivity of an event type's bookings: that of its active form, or else of the last active one. Deactivating
 * a form must not make later bookings less sensitive.
 */
export async function readEventTypeSensitivity(
  tx: Pick<Transaction, 'form'>,
  userId: string,
  eventTypeId: number,
): Promise<FormSchema['sensitivity'] | null> {
  return readSensitivityUnder(tx, await readActiveForm(tx, userId, eventTypeId), userId, eventTypeId)
}

/** Like `readEventTypeSensitivity`, for callers that have already read the active form; null if there is none. */
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
