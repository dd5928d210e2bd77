import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addPastor,
  bookingNumber,
  type CalDeps,
  calDeps,
  clearDatabase,
  deliver,
  pastorAnna,
  pastorTomas,
  planNumber,
  smallGroup,
  stateOf,
} from '../../../../test/support/cal.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { statementsOf } from '../../../../test/support/seen-statements.ts'
import { movedBooking, sequenceKinds, webhooksOf } from '../../../commands/simulate/event-sequences.ts'
import {
  bookingWebhook,
  cancellationWebhook,
  meetingWebhook,
  noShowWebhook,
  type SimulatedWebhook,
} from '../../../commands/simulate/payloads.ts'
import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import { createDatabase } from '../../../platform/database/client.ts'
import { eventLogSchema } from '../lifecycle/event-log.model.ts'
import { applyPendingDeliveries } from './apply-pending-deliveries.ts'

let fresh: FreshDatabase
let deps: CalDeps

beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 20 })
  deps = await calDeps(fresh)
})
afterAll(() => fresh.close())

async function emptyChurch() {
  await clearDatabase(fresh.url)
  await addPastor(fresh.database, pastorAnna)
  await addPastor(fresh.database, pastorTomas)
}
beforeEach(emptyChurch)

/** A complete event sequence: requested, confirmed, rescheduled twice, reassigned, held, and marked as a no-show. */
function fullLife(): SimulatedWebhook[] {
  const plan = planNumber(1)
  const { booking } = plan
  const minute = (minutes: number) => new Date(plan.bookedAt.getTime() + minutes * 60_000)
  const second = movedBooking(plan)
  const third = { ...movedBooking({ ...plan, booking: second }), uid: 'uid-3', bookingId: 3, pastor: pastorTomas }
  return [
    bookingWebhook('BOOKING_REQUESTED', minute(0), booking, { status: 'PENDING' }),
    bookingWebhook('BOOKING_CREATED', minute(5), booking),
    bookingWebhook('BOOKING_RESCHEDULED', minute(9), second),
    cancellationWebhook(minute(12), { ...second, sequence: 2 }, { reason: 'I am ill.', requestReschedule: true }),
    bookingWebhook('BOOKING_RESCHEDULED', minute(20), { ...third, notes: 'He hits me.' }),
    meetingWebhook('MEETING_ENDED', minute(20), third),
    noShowWebhook(minute(90), third, true),
  ]
}

async function stateAfter(webhooks: readonly SimulatedWebhook[]) {
  await emptyChurch()
  for (const webhook of webhooks) await deliver(deps, webhook)
  return stateOf(deps)
}

describe('the database is the same in any order of deliveries, and with repeats', () => {
  test.each(sequenceKinds)('backwards, and twice, for the sequence %s', async (kind) => {
    const plan = planNumber(1, kind === 'seats' ? { eventType: smallGroup } : {})
    const webhooks = webhooksOf(kind, plan)
    const expected = await stateAfter(webhooks)
    expect(await stateAfter([...webhooks.toReversed(), ...webhooks])).toEqual(expected)
  })

  test('in any order of a full sequence over three bookings and two pastors', { timeout: 120_000 }, async () => {
    const webhooks = fullLife()
    const expected = await stateAfter(webhooks)
    expect(expected.bookings.map(({ status, owner, sensitivity }) => [status, owner, sensitivity])).toEqual([
      ['rescheduled', pastorAnna.email, 'Medium'],
      ['rescheduled', pastorAnna.email, 'Medium'],
      ['no_show', pastorTomas.email, 'High'],
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(webhooks, { minLength: webhooks.length }),
        fc.subarray(webhooks),
        async (order, repeated) => {
          expect(await stateAfter([...order, ...repeated])).toEqual(expected)
        },
      ),
      { numRuns: 12 },
    )
  })
})

describe('concurrently', () => {
  test('all deliveries of a sequence, each twice, over two nodes, end as if sent in order', {
    timeout: 120_000,
  }, async () => {
    const webhooks = fullLife()
    const expected = await stateAfter(webhooks)
    const other = createDatabase({ url: fresh.url, applicationName: 'another node', maxConnections: 20 })
    const otherDeps = await calDeps(other)
    for (let round = 0; round < 8; round += 1) {
      await emptyChurch()
      const all = webhooks.flatMap((webhook) => [deliver(deps, webhook), deliver(otherDeps, webhook)])
      const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome)
      expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(webhooks.length)
      expect(await fresh.database.webhookDelivery.count({ where: { appliedAt: null } })).toBe(0)
      expect(await stateOf(deps)).toEqual(expected)
    }
    await other.close()
  })

  test('many bookings of two pastors: every change is in the log, numbered without gaps', async () => {
    const webhooks = Array.from({ length: 30 }, (_, index) =>
      bookingWebhook(
        'BOOKING_CREATED',
        new Date(),
        bookingNumber(index * 10 + 1, { pastor: index % 2 === 0 ? pastorAnna : pastorTomas }),
      ),
    )
    await Promise.all(webhooks.map((webhook) => deliver(deps, webhook)))
    const changes = await fresh.database.bookingChange.groupBy({
      by: ['ownerId'],
      _count: true,
      _min: { number: true },
      _max: { number: true },
    })
    expect(changes).toHaveLength(2)
    for (const { _count, _min, _max } of changes) expect([_count, _min.number, _max.number]).toEqual([15, 1n, 15n])
  })
})

describe('the same bytes under several secrets', () => {
  const body = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1)))

  test('count as the church’s in either order, and once per signer', async () => {
    const { id: anna } = await fresh.database.user.findFirstOrThrow({ where: { email: pastorAnna.email } })
    const signers = async () => {
      const { id, userId, encryptedIntakeData } = await fresh.database.booking.findFirstOrThrow()
      const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: userId } as const
      const record = eventLogSchema.parse(JSON.parse(await deps.vault.decrypt(encryptedIntakeData ?? '', place)))
      return record.events.map(({ signedBy }) => signedBy)
    }
    expect((await deliver(deps, body, anna)).outcome).toBe('applied')
    expect(await signers()).toEqual([anna])
    expect((await deliver(deps, body, null)).outcome).toBe('stale')
    expect(await signers()).toEqual([null])
    for (const signedBy of [anna, null]) expect((await deliver(deps, body, signedBy)).outcome).toBe('duplicate')
  })
})

describe('a delivery that can’t be applied', () => {
  test('because the audit log is unavailable is stored, and applied once it is available', async () => {
    await asSuperuser((client) => client.query('REVOKE INSERT ON audit_logs FROM churchhub'), fresh.url)
    const quiet = { ...deps, log: { error: () => undefined } }
    const webhook = bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1))
    expect(await deliver(quiet, webhook)).toEqual({ outcome: 'received', bookingId: null })
    expect(await fresh.database.booking.count()).toBe(0)
    await expect(applyPendingDeliveries(quiet)).rejects.toThrow(AuditUnavailableError)
    expect(deps.enqueued.map(({ name }) => name)).toContain('apply-waiting-deliveries')
    await asSuperuser((client) => client.query('GRANT INSERT ON audit_logs TO churchhub'), fresh.url)
    expect(await applyPendingDeliveries(deps)).toEqual({ tried: 1, settled: 1 })
    expect(await fresh.database.booking.count()).toBe(1)
  })

  test('because its booking’s stored data is damaged is stored, and harms nothing', async () => {
    await deliver(deps, bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1)))
    const { encryptedIntakeData } = await fresh.database.booking.findFirstOrThrow()
    await fresh.database.booking.updateMany({
      data: { encryptedIntakeData: `${encryptedIntakeData?.slice(0, -4)}AAAA` },
    })
    const quiet = { ...deps, log: { error: () => undefined } }
    const cancelled = cancellationWebhook(new Date(), bookingNumber(1), { reason: 'x', requestReschedule: false })
    expect((await deliver(quiet, cancelled)).outcome).toBe('received')
    await fresh.database.booking.updateMany({ data: { encryptedIntakeData } })
    await applyPendingDeliveries(deps)
    expect(await fresh.database.booking.findFirstOrThrow()).toMatchObject({ status: 'cancelled' })
  })

  test('because its stored body is damaged is logged as unreadable, and delays no booking', async () => {
    const booking = bookingNumber(1)
    await deliver(deps, noShowWebhook(new Date(), booking, true))
    const { id, sealedBody } = await fresh.database.webhookDelivery.findFirstOrThrow()
    const damaged = `${sealedBody?.slice(0, -4)}AAAA`
    await fresh.database.webhookDelivery.update({ where: { id }, data: { sealedBody: damaged } })
    const created = await deliver(deps, bookingWebhook('BOOKING_CREATED', new Date(), booking))
    expect(created.outcome).toBe('applied')
    expect(await fresh.database.webhookDelivery.findUnique({ where: { id } })).toMatchObject({ outcome: 'unreadable' })
    expect(await fresh.database.auditLog.findMany({ where: { action: 'vault.unreadable' } })).toMatchObject([
      {
        resource: 'webhook_delivery',
        resourceId: id,
        metadata: { column: 'webhook_deliveries.sealedBody', sealedDigest: deps.vault.digestOf(damaged) },
      },
    ])
    expect(await applyPendingDeliveries(deps)).toEqual({ tried: 0, settled: 0 })
  })

  test('because the database is unavailable fails', async () => {
    const gone = createDatabase({ url: 'postgresql://x:y@127.0.0.1:1/z', applicationName: 'gone', maxConnections: 1 })
    const webhook = bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1))
    await expect(deliver({ ...deps, database: gone.database }, webhook)).rejects.toThrow()
    await gone.close()
  })
})

test('a delivery is stored encrypted, byte for byte, even if it is no booking', async () => {
  const bodies = [
    'not json at all',
    '{"triggerEvent":"OOO_CREATED","payload":{}}',
    '{"no":"trigger"}',
    '{"triggerEvent":"BOOKING_CREATED","payload":{}}',
  ]
  const outcomes = []
  for (const body of bodies) outcomes.push((await deliver(deps, body)).outcome)
  expect(outcomes).toEqual(['unreadable', 'ignored', 'unreadable', 'unreadable'])
  const kept = await fresh.database.webhookDelivery.findMany({ orderBy: { receivedAt: 'asc' } })
  const opened = await Promise.all(
    kept.map(({ id, sealedBody }) =>
      deps.vault.decrypt(sealedBody ?? '', { column: 'webhook_deliveries.sealedBody', rowId: id, ownerId: 'system' }),
    ),
  )
  expect(opened.map((text) => Buffer.from(text, 'base64').toString()).sort()).toEqual(bodies.toSorted())
})

test('a new booking of a known event type needs six statements besides the queue’s', async () => {
  const created = (number: number) => {
    const { booking, bookedAt } = planNumber(number)
    return bookingWebhook('BOOKING_CREATED', bookedAt, booking)
  }
  await deliver(deps, created(1))
  const statements = await statementsOf(() => deliver(deps, created(2)))
  expect(statements).toHaveLength(6)
  expect(statements.every(({ isNamed }) => isNamed)).toBe(true)
})
