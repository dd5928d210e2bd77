import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SequencePlan } from '../../src/commands/simulate/event-sequences.ts'
import type { SimulatedBooking, SimulatedEventType, SimulatedPastor } from '../../src/commands/simulate/payloads.ts'
import { type AuditedReader, createAuditedReader } from '../../src/core/audit/read/audited-reader.ts'
import type { Vault } from '../../src/core/vault/vault.ts'
import { parseDelivery } from '../../src/features/bookings/calcom/cal-payload.model.ts'
import {
  type ReceiveDeps,
  type Received,
  receiveDelivery,
} from '../../src/features/bookings/calcom/receive-delivery.ts'
import { eventLogSchema } from '../../src/features/bookings/lifecycle/event-log.model.ts'
import type { Arrival } from '../../src/features/bookings/write/apply-events.ts'
import { createBookingBatcher } from '../../src/features/bookings/write/create-booking-batcher.ts'
import { formSchemaOf } from '../../src/features/forms/form.model.ts'
import { createBookingSummaries } from '../../src/features/summaries/generate/create-booking-summaries.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Database, OpenDatabase } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import type { Queue } from '../../src/platform/jobs/queue.ts'
import { asSuperuser } from './database.ts'
import { openTestVault } from './parish.ts'

/** A sample from Cal.com's documentation, by its name without `webhook.` and `.json`. */
export function sample(name: string): Record<string, unknown> & { payload: Record<string, unknown> } {
  const path = join(import.meta.dirname, '../fixtures/calcom', `webhook.${name}.json`)
  return JSON.parse(readFileSync(path, 'utf8'))
}

export type CalDeps = ReceiveDeps &
  Readonly<{ auditedReader: AuditedReader; vault: Vault; enqueued: { name: string; bookingId: unknown }[] }>

/** The dependencies of the booking use cases, over a real database, with a queue that only records. */
export async function calDeps({
  database,
  connectPipelined,
}: Pick<OpenDatabase, 'database' | 'connectPipelined'>): Promise<CalDeps> {
  const enqueued: { name: string; bookingId: unknown }[] = []
  const queue: Pick<Queue, 'enqueue' | 'enqueueAll'> = {
    enqueue: async (_tx, name, { bookingId }) => {
      enqueued.push({ name, bookingId })
      return newId()
    },
    enqueueAll: async (_tx, name, jobs) => {
      enqueued.push(...jobs.map(({ payload }) => ({ name, bookingId: payload.bookingId })))
    },
  }
  const applyDeps = {
    database,
    connectPipelined,
    vault: await openTestVault(database),
    clock: systemClock,
    newId,
    summaries: createBookingSummaries({ queue }),
  }
  return {
    ...applyDeps,
    auditedReader: createAuditedReader(database),
    enqueued,
    log: { error: (fields: unknown) => console.error(fields) },
    queue,
    applyInBatch: createBookingBatcher(applyDeps),
  }
}

/** Delivers a webhook as if its signature had been verified. */
export function deliver(deps: ReceiveDeps, webhook: unknown, signedBy: string | null = null): Promise<Received> {
  const body = Buffer.from(typeof webhook === 'string' ? webhook : JSON.stringify(webhook))
  return receiveDelivery(deps, { body, parsed: parseDelivery(body.toString()), signedBy })
}

export function eventIn(webhook: unknown): Arrival['event'] {
  const parsed = parseDelivery(JSON.stringify(webhook))
  if (parsed.kind !== 'event') throw new Error(`${parsed.trigger} is ${parsed.kind}`)
  return parsed.event
}

export function signatureOf(secret: string, body: string | Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

export const pastorAnna: SimulatedPastor = {
  id: 71,
  name: 'Anna Berg',
  username: 'anna-berg',
  email: 'anna@church.example',
  timeZone: 'Europe/Berlin',
}

export const pastorTomas: SimulatedPastor = {
  id: 72,
  name: 'Tomas Reyes',
  username: 'tomas-reyes',
  email: 'tomas@church.example',
  timeZone: 'America/New_York',
}

/** A pastor with an account, known to Cal.com under the given names. */
export async function addPastor(database: Database, pastor: SimulatedPastor): Promise<string> {
  const id = newId()
  await database.user.create({
    data: {
      id,
      role: 'pastor',
      email: pastor.email,
      name: pastor.name,
      churchName: 'Test Church',
      calUserId: String(pastor.id),
      schedulingUsername: pastor.username,
      schedulingLink: `https://cal.example/${pastor.username}`,
    },
  })
  return id
}

export const pastoralCare: SimulatedEventType = {
  id: 501,
  slug: 'care-talk',
  title: 'Care Talk',
  description: 'A talk about whatever weighs on you.',
  minutes: 45,
  requiresConfirmation: false,
  price: 0,
  seats: null,
  place: { kind: 'integrations:daily', text: 'integrations:daily' },
}

export const smallGroup: SimulatedEventType = {
  ...pastoralCare,
  id: 502,
  slug: 'small-group',
  title: 'Small Group',
  seats: 8,
}

export function personNamed(firstName: string, lastName = 'Tester') {
  const email = `${firstName}.${lastName}@people.example`.toLowerCase()
  return { firstName, lastName, email, timeZone: 'Europe/Berlin' }
}

/** A booking whose identifiers all derive from one number. */
export function bookingNumber(number: number, overrides: Partial<SimulatedBooking> = {}): SimulatedBooking {
  return {
    uid: `uid-${number}`,
    bookingId: number,
    iCalUid: `ical-${number}@cal.example`,
    sequence: 0,
    pastor: pastorAnna,
    eventType: pastoralCare,
    start: new Date('2026-09-01T09:00:00Z'),
    people: [personNamed('Maria', 'Santos')],
    notes: 'I would like to talk about prayer.',
    answers: [{ slug: 'how-known', label: 'How do you know our church?', value: 'From a friend' }],
    ...overrides,
  }
}

export function planNumber(number: number, overrides: Partial<SimulatedBooking> = {}): SequencePlan {
  return {
    booking: bookingNumber(number, overrides),
    bookedAt: new Date('2026-08-20T08:00:00Z'),
    moved: { uid: `uid-${number}-moved`, bookingId: number + 1, start: new Date('2026-10-02T13:00:00Z') },
    others: [personNamed('Jonas'), personNamed('Ruth')],
    reasons: { cancel: 'Something came up.', reject: 'That day is a holiday.' },
  }
}

/**
 * Everything the database holds about bookings, decrypted, without what depends on the order of arrival: generated IDs, times of
 * writing, the order of a set.
 */
export async function stateOf({ database, vault }: Pick<CalDeps, 'database' | 'vault'>) {
  const rows = await database.booking.findMany({ include: { key: true, formResponses: true, owner: true } })
  const threads = Map.groupBy(rows, (row) => row.key.threadId)
  const bookings = await Promise.all(
    rows.map(async (row) => {
      const { id, createdAt: _created, updatedAt: _updated, key, formResponses, owner, userId, ...columns } = row
      const aadContext = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: userId } as const
      const record = eventLogSchema.parse(JSON.parse(await vault.decrypt(row.encryptedIntakeData ?? '', aadContext)))
      const { encryptedIntakeData: _sealed, ...clear } = columns
      return {
        ...clear,
        owner: owner.email,
        record: { ...record, events: record.events.map((event) => event.id).sort() },
        iCalUid: key.iCalUid,
        rescheduledFromUid: key.rescheduledFromUid,
        thread: threads
          .get(key.threadId)
          ?.map(({ calBookingUid }) => calBookingUid)
          .sort(),
        responses: await Promise.all(
          formResponses.map(async ({ id: rowId, encryptedData, redactedData }) => ({
            redactedData,
            content: JSON.parse(
              await vault.decrypt(encryptedData, { column: 'form_responses.encryptedData', rowId, ownerId: userId }),
            ),
          })),
        ),
      }
    }),
  )
  const forms = (await database.form.findMany({ include: { owner: true } })).map(
    ({ owner, name, eventTypeId, schema }) => ({
      owner: owner.email,
      name,
      eventTypeId,
      slugs: formSchemaOf(schema)
        .fields.map(({ slug }) => slug)
        .sort(),
    }),
  )
  return {
    bookings: bookings.sort((a, b) => ((a.calBookingUid ?? '') < (b.calBookingUid ?? '') ? -1 : 1)),
    forms: forms.sort((a, b) => (`${a.owner} ${a.eventTypeId}` < `${b.owner} ${b.eventTypeId}` ? -1 : 1)),
  }
}

/** Empties a test's database except for its keys. The audit log needs a superuser with its triggers disabled. */
export async function clearDatabase(url: string): Promise<void> {
  await asSuperuser(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT relid::regclass::text AS name FROM pg_partition_tree('audit_logs')",
    )
    const switchTo = (state: string) => rows.map(({ name }) => `ALTER TABLE ${name} ${state} TRIGGER USER;`).join('\n')
    await client.query(`BEGIN; ${switchTo('DISABLE')} TRUNCATE users, booking_keys, booking_changes, webhook_deliveries,
      system_settings CASCADE; ${switchTo('ENABLE')} COMMIT`)
  }, url)
}
