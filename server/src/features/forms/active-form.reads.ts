import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import { type FormSchema, formSchemaOf } from './form.model.ts'

export type ActiveForm = Readonly<{ id: string; name: string; schema: FormSchema }>

/** The texts of an event type. Null where unknown. */
type KnownEventType = Readonly<{ title: string | null; slug: string | null; description: string | null }>

/** The event type of a booking. `hostId` is the pastor it belongs to; differs from the owner if the booking was handed over. */
export type BookedEventType = Readonly<{ ownerId: string; hostId: string; eventTypeId: number }>

/** The active form, texts and default sensitivities of a booking's event type. Each is null if unknown. */
export type EventTypeForm = Readonly<{
  form: ActiveForm | null
  eventType: KnownEventType | null
  /** The sensitivity set in the owner's form. */
  sensitivity: FormSchema['sensitivity'] | null
  /** The sensitivity set in the host's form; null if the host is the owner. */
  hostSensitivity: FormSchema['sensitivity'] | null
}>

type FormRow = KnownEventType &
  Readonly<{ at: number; id: string | null; name: string | null; knownId: string | null }> & {
    readonly [Schema in 'schema' | 'latestSchema' | 'hostSchema']: unknown
  }

/**
 * Reads the active forms and the texts of several event types in one statement. If no form is active, the latest one still
 * determines the sensitivity.
 */
export async function readActiveForms(
  tx: Pick<SqlTransaction, '$queryRaw'>,
  booked: readonly BookedEventType[],
): Promise<EventTypeForm[]> {
  const rows = await tx.$queryRaw<FormRow[]>`
    SELECT b.at::int, f.id, f.name, f.schema, latest.schema AS "latestSchema", host.schema AS "hostSchema",
      e.id AS "knownId", e.title, e.slug, e.description
    FROM unnest(${booked.map(({ ownerId }) => ownerId)}::uuid[], ${booked.map(({ hostId }) => hostId)}::uuid[],
      ${booked.map(({ eventTypeId }) => eventTypeId)}::int[]) WITH ORDINALITY AS b ("ownerId", "hostId", "eventTypeId", at)
    LEFT JOIN LATERAL (
      SELECT id, name, schema FROM forms
      WHERE "userId" = b."ownerId" AND forms."eventTypeId" = b."eventTypeId" AND "isActive"
      ORDER BY "createdAt", id LIMIT 1
    ) AS f ON true
    LEFT JOIN LATERAL (
      SELECT schema FROM forms
      WHERE f.id IS NULL AND "userId" = b."ownerId" AND forms."eventTypeId" = b."eventTypeId"
      ORDER BY "updatedAt" DESC, id DESC LIMIT 1
    ) AS latest ON true
    LEFT JOIN LATERAL (
      SELECT schema FROM forms
      WHERE b."hostId" <> b."ownerId" AND "userId" = b."hostId" AND forms."eventTypeId" = b."eventTypeId"
      ORDER BY "isActive" DESC, CASE WHEN "isActive" THEN "createdAt" END, CASE WHEN "isActive" THEN id END,
        "updatedAt" DESC, id DESC
      LIMIT 1
    ) AS host ON true
    LEFT JOIN event_types e ON e."userId" = b."hostId" AND e."eventTypeId" = b."eventTypeId"`
  const found = new Map(rows.map((row) => [row.at - 1, eventTypeFormOf(row)]))
  return booked.map((_, at) => found.get(at) ?? unknownEventType)
}

const unknownEventType: EventTypeForm = { form: null, eventType: null, sensitivity: null, hostSensitivity: null }

function eventTypeFormOf({ id, name, schema, latestSchema, hostSchema, knownId, title, slug, description }: FormRow) {
  const form = id === null || name === null ? null : { id, name, schema: formSchemaOf(schema) }
  return {
    form,
    eventType: knownId === null ? null : { title, slug, description },
    sensitivity: (form?.schema ?? formSchemaOf(latestSchema)).sensitivity ?? null,
    hostSensitivity: formSchemaOf(hostSchema).sensitivity ?? null,
  }
}

/**
 * The default sensitivity of an event type's bookings: that of its active form, or else of the last active one. Deactivating
 * a form must not make later bookings less sensitive.
 */
export async function readEventTypeSensitivity(
  tx: Pick<SqlTransaction, '$queryRaw'>,
  userId: string,
  eventTypeId: number,
): Promise<FormSchema['sensitivity'] | null> {
  const [found] = await readActiveForms(tx, [{ ownerId: userId, hostId: userId, eventTypeId }])
  return found?.sensitivity ?? null
}
