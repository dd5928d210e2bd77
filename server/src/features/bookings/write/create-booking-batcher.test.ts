import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addPastor,
  bookingNumber,
  type CalDeps,
  calDeps,
  clearDatabase,
  deliver,
  eventIn,
  pastorAnna,
  pastoralCare,
  pastorTomas,
  stateOf,
} from '../../../../test/support/cal.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { statementsOf } from '../../../../test/support/seen-statements.ts'
import { bookingWebhook, cancellationWebhook, type SimulatedBooking } from '../../../commands/simulate/payloads.ts'
import { createDatabase } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { newId } from '../../../platform/ids.ts'
import { applyEvents } from './apply-events.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: string

beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 20 })
  deps = await calDeps(fresh)
})
afterAll(() => fresh.close())

const created = (number: number, given: Partial<SimulatedBooking> = {}) =>
  bookingWebhook('BOOKING_CREATED', new Date('2026-08-20T08:00:00Z'), bookingNumber(number, given))

/** A church in which each pastor's form exists, as it does after their first booking. */
async function knownChurch() {
  await clearDatabase(fresh.url)
  anna = await addPastor(fresh.database, pastorAnna)
  await addPastor(fresh.database, pastorTomas)
  await deliver(deps, created(1))
  await deliver(deps, created(2, { pastor: pastorTomas }))
  await fresh.database.$executeRaw`
    UPDATE forms SET schema = schema || '{"sensitivity": "High"}' FROM users u
    WHERE u.id = forms."userId" AND u.email = ${pastorTomas.email}`
  deps.enqueued.length = 0
}
beforeEach(knownChurch)

const outcomesOf = async (webhooks: readonly unknown[], by = deps) =>
  (await Promise.all(webhooks.map((webhook) => deliver(by, webhook)))).map(({ outcome }) => outcome)

/** The audit log and the change feed, without the IDs and digests that differ between runs. */
async function told() {
  const { database } = fresh
  const entries = await database.auditLog.findMany({ include: { user: true } })
  const changes = await database.bookingChange.findMany({ select: { kind: true, ownerId: true } })
  const { rows } = { rows: await database.webhookDelivery.findMany() }
  return {
    entries: entries
      .map(({ action, resource, metadata }) => {
        // Values that always differ between two databases.
        const {
          deliveryId: _delivery,
          sealedDigest: _digest,
          position: _position,
          ownerId: _owner,
          ...said
        } = {
          deliveryId: '',
          ...Object(metadata),
        }
        return JSON.stringify([action, resource, said])
      })
      .sort(),
    changes: changes.map(({ kind, ownerId }) => `${kind} ${ownerId === anna}`).sort(),
    deliveries: rows.length,
  }
}

const various: readonly Partial<SimulatedBooking>[] = [
  {},
  { pastor: pastorTomas },
  { notes: '', answers: [] },
  { notes: 'He hits me.' },
  { eventType: { ...pastoralCare, place: { kind: 'inPerson', text: 'Church Street 1' } } },
  { people: [] },
  { start: new Date('2031-01-01T00:00:00Z') },
]

describe('bookings created in one batch', () => {
  test('are the same as bookings created one at a time', async () => {
    const webhooks = various.map((given, at) => created(10 + at, given))
    await Promise.all(webhooks.map((webhook) => deliver(deps, webhook)))
    const together = { ...(await stateOf(deps)), ...(await told()) }
    await knownChurch()
    for (const webhook of webhooks) {
      const arrival = { event: eventIn(webhook), signedBy: null, deliveryId: newId() }
      await runTransaction(fresh.database, (tx) => applyEvents(tx, deps, [arrival]))
    }
    const alone = { ...(await stateOf(deps)), ...(await told()) }
    expect(together.bookings).toHaveLength(2 + various.length)
    expect(together.bookings.filter(({ sensitivity }) => sensitivity === 'High').length).toBe(2)
    expect(together).toEqual({ ...alone, deliveries: alone.deliveries + various.length })
  })

  test('share their transactions, and each is recorded as applied with its summary job', async () => {
    const webhooks = Array.from({ length: 40 }, (_, at) => created(100 + at))
    const outcomes: string[] = []
    const statements = await statementsOf(async () => outcomes.push(...(await outcomesOf(webhooks))))
    expect(outcomes).toEqual(webhooks.map(() => 'applied'))
    expect(statements.filter(({ sql }) => sql.includes('INSERT INTO bookings')).length).toBeLessThan(5)
    expect(statements.every(({ isNamed }) => isNamed)).toBe(true)
    const kept = await fresh.database.webhookDelivery.findMany({ where: { calBookingUid: { startsWith: 'uid-1' } } })
    const bookings = await fresh.database.booking.findMany({ where: { calBookingId: { gte: 100 } } })
    expect(bookings).toHaveLength(40)
    for (const { id, userId, calBookingUid } of bookings) {
      const own = kept.filter((delivery) => delivery.bookingId === id)
      expect(own).toMatchObject([{ outcome: 'applied', userId, calBookingUid, appliedAt: expect.any(Date) }])
    }
    expect(deps.enqueued.map(({ bookingId }) => bookingId).sort()).toEqual(bookings.map(({ id }) => id).sort())
  })

  test('wait for no locked booking of others', async () => {
    const held = created(50)
    const other = createDatabase({ url: fresh.url, applicationName: 'holds a name', maxConnections: 1 })
    let waiting: Promise<string[]> | undefined
    await other.database.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('booking:uid:uid-50', 0))::text`
      waiting = outcomesOf([held])
      expect(await outcomesOf([created(51), created(52)])).toEqual(['applied', 'applied'])
      expect(await fresh.database.booking.count({ where: { calBookingUid: 'uid-50' } })).toBe(0)
    })
    expect(await waiting).toEqual(['applied'])
    await other.close()
  })
})

describe('among deliveries in one batch', () => {
  test('a repeat is recorded as a duplicate, even across two nodes', async () => {
    const other = createDatabase({ url: fresh.url, applicationName: 'another node', maxConnections: 20 })
    const otherDeps = await calDeps(other)
    for (let round = 0; round < 5; round += 1) {
      const webhooks = [created(200 + round), created(300 + round)]
      const [here, there] = await Promise.all([
        outcomesOf([...webhooks, ...webhooks]),
        outcomesOf([...webhooks, ...webhooks], otherDeps),
      ])
      expect([...here, ...there].sort()).toEqual([...Array(2).fill('applied'), ...Array(6).fill('duplicate')])
    }
    expect(await fresh.database.booking.count()).toBe(2 + 10)
    await other.close()
  })

  test('two of one booking are applied in order, and others in parallel', async () => {
    const booking = bookingNumber(60)
    const cancelled = cancellationWebhook(new Date(), booking, {
      reason: 'Something came up.',
      requestReschedule: false,
    })
    expect(await outcomesOf([created(60), cancelled, created(61)])).toEqual(['applied', 'applied', 'applied'])
    const statusOf = async (uid: string) =>
      (await fresh.database.booking.findFirst({ where: { calBookingUid: uid } }))?.status
    expect(await Promise.all(['uid-60', 'uid-61'].map(statusOf))).toEqual(['cancelled', 'confirmed'])
    expect(await fresh.database.bookingChange.count({ where: { kind: 'cancelled' } })).toBe(1)
  })

  test('one that the database rejects stays pending, and every other is applied', async () => {
    await asSuperuser(
      (client) => client.query(`ALTER TABLE bookings ADD CONSTRAINT poison CHECK ("calBookingUid" <> 'uid-73')`),
      fresh.url,
    )
    const quiet = { ...deps, log: { error: () => undefined } }
    const outcomes = await outcomesOf(
      [70, 71, 72, 73, 74, 75].map((number) => created(number)),
      quiet,
    )
    expect(outcomes).toEqual(['applied', 'applied', 'applied', 'received', 'applied', 'applied'])
    await asSuperuser((client) => client.query('ALTER TABLE bookings DROP CONSTRAINT poison'), fresh.url)
    expect(await fresh.database.booking.count()).toBe(2 + 5)
    expect(await fresh.database.bookingChange.count()).toBe(2 + 5)
  })

  test('one with a question that its form lacks adds it', async () => {
    const asked = { slug: 'new', label: 'What is new?', value: 'Much' }
    const outcomes = await outcomesOf([created(90, { answers: [asked] }), created(91)])
    expect(outcomes).toEqual(['applied', 'applied'])
    const { forms, bookings } = await stateOf(deps)
    expect(forms.find(({ owner }) => owner === pastorAnna.email)?.slugs).toEqual(['how-known', 'new'])
    const own = bookings.find(({ calBookingUid }) => calBookingUid === 'uid-90')
    expect(own?.responses.map(({ redactedData }) => redactedData)).toEqual([{ answeredCount: 1, questionCount: 2 }])
  })

  test('one of an unknown pastor, of a new event type, or under another’s secret is processed on its own', async () => {
    const nobody = { ...pastorAnna, id: 99, username: 'nobody', email: 'nobody@church.example' }
    const newType = { ...pastoralCare, id: 900, slug: 'new', title: 'New' }
    const webhooks = [
      created(80, { pastor: nobody }),
      created(81, { eventType: newType }),
      created(82, { eventType: newType }),
      created(83),
    ]
    const stranger = deliver(deps, created(84, { pastor: pastorTomas }), anna)
    expect(await outcomesOf(webhooks)).toEqual(['unknown_organizer', 'applied', 'applied', 'applied'])
    expect((await stranger).outcome).toBe('unknown_organizer')
    expect(await fresh.database.form.count({ where: { eventTypeId: 900 } })).toBe(1)
    expect(await fresh.database.booking.count({ where: { calBookingUid: { in: ['uid-80', 'uid-84'] } } })).toBe(0)
  })
})
