import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bookingNumber, deliver, pastorAnna } from '../../../../test/support/cal.ts'
import { addBooking, addFormResponse, addPerson, addSummary } from '../../../../test/support/parish.ts'
import { type RunningChurch, startChurch } from '../../../../test/support/running-church.ts'
import { bookingWebhook } from '../../../commands/simulate/payloads.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { newId } from '../../../platform/ids.ts'
import { purgeSensitive } from '../../maintenance/purge-sensitive.ts'
import { generateSummary } from '../../summaries/generate/generate-summary.ts'
import { emptyBookings } from './empty-bookings.ts'

const now = new Date('2027-11-01T12:00:00Z')
const dayMs = 86_400_000
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs)

let church: RunningChurch
let pastor: PersonViewer
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
beforeEach(async () => {
  await database().systemSetting.deleteMany()
  // Earlier tests leave expired bookings behind.
  await set('people.retentionDays', 1)
  await purge()
  await database().systemSetting.deleteMany()
  pastor = await addPerson(database(), 'pastor')
})
afterAll(() => church.close())

const database = () => church.deps.database
const deps = () => ({ ...church.deps, clock: { now: () => now } })
const purge = () => purgeSensitive(deps())
const meeting = (endTime: Date) => ({ startTime: new Date(endTime.getTime() - 2_700_000), endTime })
const set = (key: string, value: number) => database().systemSetting.create({ data: { id: newId(), key, value } })

const people = {
  title: 'Care Talk between Anna and Maria Santos',
  eventTypeTitle: 'Care Talk',
  eventTypeSlug: 'care-talk',
  description: 'Bring Maria along',
  redactedDescription: 'Care Talk, 45 minutes',
  location: 'At the house of Maria Santos',
  attendees: [{ name: 'Maria Santos', email: 'maria@example.org', timeZone: 'Europe/London' }],
  attendeeEmails: ['maria@example.org'],
  attendeeNames: ['Maria Santos'],
  providerIds: { zoom: 'maria' },
  metadata: { attendeeCount: 1, hasIntake: true, guest: 'Maria Santos', pastorSensitivity: null },
} as const

const rowOf = (id: string) => database().booking.findUniqueOrThrow({ where: { id }, include: { key: true } })

/** The tables that contain a name in plaintext, with where it occurs. */
async function placesOf(name: string): Promise<string[]> {
  const tables = await database().$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'pgboss') AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`
  const found: string[] = []
  for (const { name: table } of tables) {
    const schema = await database().$queryRaw<{ schema: string }[]>`
      SELECT n.nspname::text AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = ${table} AND n.nspname IN ('public', 'pgboss')`
    const rows = await database().$queryRawUnsafe<{ hits: number }[]>(
      `SELECT count(*)::int AS hits FROM ${schema[0]?.schema}."${table}" t WHERE t::text ILIKE $1`,
      `%${name}%`,
    )
    if ((rows[0]?.hits ?? 0) > 0) found.push(table)
  }
  return found
}

describe('a booking whose retention has expired', () => {
  test.each(['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show'] as const)(
    'keeps no names, even if it is %s and has no intake',
    async (status) => {
      const columns = { ...people, ...meeting(daysAgo(366)), status }
      const withoutIntake = await addBooking(church.deps, pastor, { columns, intake: null })
      const withIntake = await addBooking(church.deps, pastor, { columns })
      for (const id of [withoutIntake, withIntake]) {
        await database().bookingKey.update({ where: { id }, data: { iCalUid: `maria@example.org-${id}` } })
      }
      expect(await purge()).toMatchObject({ bookings: 2 })
      for (const id of [withoutIntake, withIntake]) {
        expect(await rowOf(id)).toMatchObject({
          title: 'Care Talk',
          eventTypeTitle: 'Care Talk',
          eventTypeSlug: 'care-talk',
          description: null,
          redactedDescription: null,
          location: null,
          timeZone: null,
          attendees: null,
          attendeeEmails: null,
          attendeeNames: null,
          providerIds: null,
          encryptedIntakeData: null,
          metadata: { attendeeCount: 1, hasIntake: false, pastorSensitivity: null },
          status,
          duration: 45,
          key: { iCalUid: null },
        })
      }
      expect(await placesOf('maria')).toEqual([])
      expect(await purge()).toMatchObject({ bookings: 0 })
    },
  )

  test('is called an appointment if its event type is named after an attendee', async () => {
    const named = {
      ...people,
      eventTypeTitle: 'Private Counsel for Santos',
      eventTypeSlug: 'private-counsel-for-santos',
    }
    const id = await addBooking(church.deps, pastor, { columns: { ...named, ...meeting(daysAgo(400)) } })
    const emptied = { ...people, eventTypeTitle: null, eventTypeSlug: null }
    const untitled = await addBooking(church.deps, pastor, { columns: { ...emptied, ...meeting(daysAgo(400)) } })
    await purge()
    for (const each of [id, untitled]) {
      expect(await rowOf(each)).toMatchObject({ title: 'Appointment', eventTypeTitle: null, eventTypeSlug: null })
    }
  })

  test('is logged with what was emptied, one entry per booking, and published to subscribers', async () => {
    const columns = { ...people, ...meeting(daysAgo(366)) }
    const withIntake = await addBooking(church.deps, pastor, { columns })
    await addFormResponse(church.deps, pastor, withIntake, [])
    const withoutIntake = await addBooking(church.deps, pastor, { columns, intake: null })
    await emptyBookings(deps(), { part: 'people', batch: 200, retentionDays: 365 })
    const entries = await database().auditLog.findMany({
      where: { action: 'booking.purged', bookingId: { in: [withIntake, withoutIntake] } },
    })
    const metadataOf = (id: string) =>
      entries.filter(({ bookingId }) => bookingId === id).map(({ metadata }) => metadata)
    expect(metadataOf(withIntake)).toMatchObject([{ reason: 'expired', people: true, intake: true, responses: 1 }])
    expect(metadataOf(withoutIntake)).toMatchObject([{ reason: 'expired', people: true, intake: false, responses: 0 }])
    const changes = await database().bookingChange.findMany({ where: { ownerId: pastor.userId } })
    expect(changes.map(({ kind, bookingId }) => `${kind} ${bookingId}`).sort()).toEqual(
      [withIntake, withoutIntake].map((id) => `updated ${id}`).sort(),
    )
  })

  test('loses its form responses even without an intake', async () => {
    await set('people.retentionDays', 3_000)
    const columns = { ...people, ...meeting(daysAgo(366)) }
    const id = await addBooking(church.deps, pastor, { columns, intake: null })
    await addFormResponse(church.deps, pastor, id, [])
    expect(await purge()).toMatchObject({ bookings: 1 })
    expect(await database().formResponse.count({ where: { bookingId: id } })).toBe(0)
    expect(await rowOf(id)).toMatchObject({ attendeeNames: ['Maria Santos'] })
    expect(await purge()).toMatchObject({ bookings: 0 })
  })

  test.each([
    ['an end in the far future', { startTime: daysAgo(400), endTime: new Date('9999-12-31T00:00:00Z') }, 0],
    [
      'a start in the far future',
      { startTime: new Date('9999-01-01T00:00:00Z'), endTime: new Date('9999-12-31T00:00:00Z') },
      3 * 366 + 366,
    ],
  ])('is expired despite %s', async (_name, times, createdDaysAgo) => {
    const columns = { ...people, ...times, createdAt: daysAgo(createdDaysAgo) }
    const id = await addBooking(church.deps, pastor, { columns })
    await purge()
    expect(await rowOf(id)).toMatchObject({ attendees: null, encryptedIntakeData: null })
  })
})

describe('the retention of people', () => {
  test('defaults to that of answers and may be longer: then answers expire and names stay', async () => {
    await set('people.retentionDays', 700)
    const id = await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(366)) } })
    const old = await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(701)) } })
    expect(await purge()).toMatchObject({ bookings: 2 })
    expect(await rowOf(id)).toMatchObject({ attendeeNames: ['Maria Santos'], encryptedIntakeData: null })
    expect(await rowOf(old)).toMatchObject({ attendeeNames: null, encryptedIntakeData: null })
  })

  test('may be shorter: then answers and Cal.com’s deliveries expire with the names', async () => {
    await set('people.retentionDays', 30)
    const id = await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(31)) } })
    const recent = await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(29)) } })
    await database().webhookDelivery.create({
      data: {
        id: newId(),
        digest: 'c'.repeat(64),
        trigger: 'BOOKING_CREATED',
        outcome: 'unknown_organizer',
        organizer: 'Maria Santos',
        sealedBody: 'v1.sealed',
        receivedAt: daysAgo(31),
      },
    })
    expect(await purge()).toMatchObject({ bookings: 1, deliveries: 1 })
    expect(await rowOf(id)).toMatchObject({ attendeeNames: null, encryptedIntakeData: null })
    expect(await rowOf(recent)).toMatchObject({ attendeeNames: ['Maria Santos'] })
  })
})

test('a summary loses its people, and is deleted if no other retention ends it', async () => {
  const id = await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(366)) } })
  const plaintext = {
    topic: 'Care Talk with Maria',
    participants: ['Maria Santos'],
    plainText: 'Maria Santos: Care Talk.',
  }
  const summaryId = await addSummary(church.deps, pastor, id, 'A brief.', plaintext)
  await database().contextSummary.updateMany({ where: { id: summaryId }, data: { expiresAt: daysAgo(-100) } })
  const endless = await addSummary(church.deps, pastor, id, 'Another brief.', plaintext)
  const foreign = await addSummary(church.deps, pastor, id, 'A third.', plaintext)
  await database().contextSummary.updateMany({
    where: { id: foreign },
    data: { expiresAt: daysAgo(-100), metadata: { who: 'Maria Santos' } },
  })
  await purge()
  const summaries = await database().contextSummary.findMany({ where: { bookingId: id }, orderBy: { id: 'asc' } })
  expect(summaries.map((summary) => summary.id).sort()).toEqual([summaryId, foreign].sort())
  expect(summaries.find((summary) => summary.id === summaryId)?.metadata).toMatchObject({
    topic: 'Private',
    participants: [],
    location: 'Not given',
  })
  expect(JSON.stringify(summaries)).not.toContain('Maria')
  const entries = await database().auditLog.findMany({ where: { action: 'summary.purged', bookingId: id } })
  expect(entries.map(({ resourceId, metadata }) => [resourceId, metadata])).toMatchObject([
    [endless, { reason: 'booking_purged' }],
  ])
  // A new summary has nobody to name.
  expect(await generateSummary(deps(), { bookingId: id, summaryId: newId() })).toBe('written')
  expect(await placesOf('maria')).toEqual([])
})

test('later webhooks from Cal.com restore no names', async () => {
  const { email, username } = church.pastor
  const anna = { ...pastorAnna, id: 1, name: 'Pastor Paul', email, username }
  const start = daysAgo(400)
  const booking = bookingNumber(7_001, { pastor: anna, start })
  const { bookingId } = await deliver(church.deps, bookingWebhook('BOOKING_CREATED', daysAgo(410), booking))
  const id = bookingId ?? ''
  await purge()
  const emptied = await rowOf(id)
  expect(emptied).toMatchObject({ attendeeNames: null, title: 'Care Talk' })
  for (const trigger of ['BOOKING_CANCELLED', 'BOOKING_CREATED', 'BOOKING_REJECTED', 'MEETING_ENDED'] as const) {
    await deliver(church.deps, bookingWebhook(trigger, daysAgo(1), booking))
  }
  const { key: _key, updatedAt: _at, ...row } = await rowOf(id)
  const { key: _formerKey, updatedAt: _formerAt, ...before } = emptied
  expect(row).toEqual(before)
  expect(await purge()).toMatchObject({ bookings: 0 })
})

test('a run killed midway leaves whole batches, each with its entries, and the next run continues', async () => {
  const ids: string[] = []
  for (let at = 0; at < 5; at += 1) {
    ids.push(await addBooking(church.deps, pastor, { columns: { ...people, ...meeting(daysAgo(400 - at)) } }))
  }
  const runBatch = () => emptyBookings(deps(), { part: 'people', batch: 2, retentionDays: 365 })
  const state = async () => [
    await database().booking.count({ where: { id: { in: ids }, title: 'Care Talk' } }),
    await database().auditLog.count({ where: { action: 'booking.purged', bookingId: { in: ids } } }),
  ]
  expect(await runBatch()).toBe(2)
  const killedTransaction = database().$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE bookings SET title = 'x' WHERE id = ${ids[4]}::uuid`
    await tx.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`
  })
  await expect(killedTransaction).rejects.toThrow()
  expect(await state()).toEqual([2, 2])
  await database().$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE audit_logs IN EXCLUSIVE MODE`
    await expect(runBatch()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
  })
  expect(await state()).toEqual([2, 2])
  expect(await purge()).toMatchObject({ bookings: 3 })
  expect(await state()).toEqual([5, 5])
})
