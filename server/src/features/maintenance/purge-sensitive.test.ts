import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import {
  addBooking,
  addFormResponse,
  addPerson,
  addSummary,
  openTestVault,
  testOrigin,
} from '../../../test/support/parish.ts'
import type { PersonViewer } from '../../core/access/viewer.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Database } from '../../platform/database/client.ts'
import { newId } from '../../platform/ids.ts'
import type { BookingSummaries } from '../bookings/write/publish-changes.ts'
import { setSystemSetting } from '../settings/set-system-setting.ts'
import { createBookingSummaries } from '../summaries/generate/create-booking-summaries.ts'
import { purgeExpiredSummaries } from '../summaries/retention/purge-expired-summaries.ts'
import { purgeSensitive } from './purge-sensitive.ts'

const now = new Date('2027-11-01T12:00:00Z')
const dayMs = 86_400_000
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs)

let fresh: FreshDatabase
let deps: Readonly<{ database: Database; vault: Vault; clock: { now(): Date }; summaries: BookingSummaries }>
let pastor: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  const summaries = createBookingSummaries({ queue: { enqueueAll: () => Promise.reject(new Error('no queue')) } })
  deps = { database: fresh.database, vault: await openTestVault(fresh.database), clock: { now: () => now }, summaries }
})
beforeEach(async () => {
  await fresh.database.systemSetting.deleteMany()
  await purgeSensitive(deps)
  pastor = await addPerson(fresh.database, 'pastor')
})
afterAll(() => fresh.close())

const meeting = (endTime: Date) => ({ startTime: new Date(endTime.getTime() - 2_700_000), endTime })
const kindsOf = async () =>
  (await fresh.database.bookingChange.findMany({ where: { ownerId: pastor.userId } })).map(({ kind }) => kind)
const receiptsOf = (bookingId: string) =>
  fresh.database.auditLog.findMany({
    where: { bookingId, action: { endsWith: '.purged' } },
    orderBy: { action: 'asc' },
  })

async function summaryUntil(bookingId: string, expiresAt: Date): Promise<string> {
  const id = await addSummary(deps, pastor, bookingId, 'A brief.')
  await fresh.database.contextSummary.updateMany({ where: { id }, data: { expiresAt } })
  return id
}

describe('a brief', () => {
  test('is deleted once it has expired and not before, is logged, and is published to subscribers', async () => {
    const bookingId = await addBooking(deps, pastor, { columns: meeting(daysAgo(1)) })
    const expired = await summaryUntil(bookingId, daysAgo(0))
    const unexpired = await summaryUntil(bookingId, new Date(now.getTime() + 1))
    expect(await purgeSensitive(deps)).toMatchObject({ summaries: 1 })
    const remaining = await fresh.database.contextSummary.findMany({ where: { bookingId } })
    expect(remaining.map(({ id }) => id)).toEqual([unexpired])
    expect(await receiptsOf(bookingId)).toMatchObject([
      { action: 'summary.purged', resourceId: expired, userId: null, metadata: { reason: 'expired' } },
    ])
    expect(await kindsOf()).toEqual(['updated'])
  })

  test('that is locked is left to the next run', async () => {
    const bookingId = await addBooking(deps, pastor, { columns: meeting(daysAgo(1)) })
    await summaryUntil(bookingId, daysAgo(1))
    await fresh.database.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR UPDATE`
      expect(await purgeSensitive(deps)).toMatchObject({ summaries: 0 })
    })
    expect(await purgeSensitive(deps)).toMatchObject({ summaries: 1 })
  })

  test('is kept if its deletion can’t be logged', async () => {
    const bookingId = await addBooking(deps, pastor, { columns: meeting(daysAgo(1)) })
    await summaryUntil(bookingId, daysAgo(1))
    await fresh.database.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE audit_logs IN EXCLUSIVE MODE`
      await expect(purgeSensitive(deps)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    })
    expect(await fresh.database.contextSummary.count({ where: { bookingId } })).toBe(1)
  })
})

describe('form answers', () => {
  test('are deleted this many days after the meeting, with the intake, while the meeting itself stays', async () => {
    const admin = await addPerson(fresh.database, 'admin')
    const input = { key: 'answers.retentionDays', value: 30 }
    await setSystemSetting({ ...deps, newId }, admin, testOrigin, input)
    const ended = await addBooking(deps, pastor, { columns: meeting(daysAgo(31)), intake: { notes: 'We grieve.' } })
    const recent = await addBooking(deps, pastor, { columns: meeting(daysAgo(29)), intake: { notes: 'We marry.' } })
    for (const id of [ended, recent])
      await addFormResponse(deps, pastor, id, [{ slug: 'a', label: 'A', values: ['b'] }])

    expect(await purgeSensitive(deps)).toMatchObject({ bookings: 1 })
    const rows = await fresh.database.booking.findMany({ where: { id: { in: [ended, recent] } } })
    expect(rows.find(({ id }) => id === ended)).toMatchObject({
      encryptedIntakeData: null,
      metadata: { hasIntake: false },
      title: 'Pastoral Care',
    })
    expect(rows.find(({ id }) => id === recent)?.encryptedIntakeData).not.toBeNull()
    const responses = await fresh.database.formResponse.findMany({ where: { bookingId: { in: [ended, recent] } } })
    expect(responses.map(({ bookingId }) => bookingId)).toEqual([recent])
    expect(await receiptsOf(ended)).toMatchObject([
      { action: 'booking.purged', metadata: { reason: 'expired', people: true, intake: true, responses: 1 } },
      { action: 'form_response.purged' },
    ])
    expect(await purgeSensitive(deps)).toMatchObject({ bookings: 0 })
    await fresh.database.systemSetting.deleteMany()
  })
})

test('deliveries expire with one receipt, and the change log keeps only the newest entry of an owner', async () => {
  const delivery = (receivedAt: Date, digest: string) => ({
    id: newId(),
    digest: digest.repeat(64),
    trigger: 'PING',
    outcome: 'ping',
    sealedBody: 'v1.sealed',
    receivedAt,
  })
  await fresh.database.webhookDelivery.createMany({ data: [delivery(daysAgo(91), 'a'), delivery(daysAgo(89), 'b')] })
  const change = (number: bigint, createdAt: Date) => ({
    ownerId: pastor.userId,
    number,
    bookingId: newId(),
    kind: 'updated',
    createdAt,
  })
  await fresh.database.bookingChange.createMany({
    data: [change(1n, daysAgo(95)), change(2n, daysAgo(94)), change(3n, daysAgo(93))],
  })
  expect(await purgeSensitive(deps)).toMatchObject({ deliveries: 1, changes: 2 })
  expect(await fresh.database.webhookDelivery.findMany({ select: { digest: true } })).toEqual([
    { digest: 'b'.repeat(64) },
  ])
  const remaining = await fresh.database.bookingChange.findMany({ where: { ownerId: pastor.userId } })
  expect(remaining.map(({ number }) => number)).toEqual([3n])
  const receipts = await fresh.database.auditLog.findMany({ where: { action: 'delivery.purged' } })
  expect(receipts.map(({ metadata }) => metadata)).toEqual([{ count: 1, before: daysAgo(90).toISOString() }])
})

test('the records of jobs are deleted 90 days after they ended, and never while they wait or run', async () => {
  const job = (
    status: 'pending' | 'processing' | 'completed' | 'failed',
    created: number,
    completed: number | null,
  ) => ({
    id: newId(),
    jobType: 'generateSummary' as const,
    status,
    payload: {},
    createdAt: daysAgo(created),
    completedAt: completed === null ? null : daysAgo(completed),
  })
  const expired = [job('completed', 92, 91), job('failed', 91, 91)]
  const kept = [
    job('completed', 91, 89),
    job('failed', 89, 89),
    job('pending', 200, null),
    job('processing', 200, null),
  ]
  await fresh.database.workerJob.createMany({ data: [...expired, ...kept] })
  expect(await purgeSensitive(deps)).toMatchObject({ jobs: 2 })
  const left = await fresh.database.workerJob.findMany({ select: { id: true } })
  expect(left.map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort())
})

test('a run killed midway leaves whole batches, each with its receipts, and the next run continues', async () => {
  const bookingId = await addBooking(deps, pastor, { columns: meeting(daysAgo(1)) })
  for (let n = 0; n < 7; n += 1) await summaryUntil(bookingId, daysAgo(1))
  const state = async () => [
    await fresh.database.contextSummary.count({ where: { bookingId } }),
    (await receiptsOf(bookingId)).length,
  ]
  // A batch of three commits; the backend of the next one is terminated before its commit.
  await purgeExpiredSummaries(deps, 3)
  const killedTransaction = fresh.database.$transaction(async (tx) => {
    await tx.$executeRaw`DELETE FROM context_summaries WHERE "bookingId" = ${bookingId}::uuid`
    await tx.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`
  })
  await expect(killedTransaction).rejects.toThrow()
  expect(await state()).toEqual([4, 3])
  const stopped = new AbortController()
  stopped.abort()
  expect(await purgeSensitive(deps, stopped.signal)).toMatchObject({ summaries: 0 })
  expect(await purgeSensitive(deps)).toMatchObject({ summaries: 4 })
  expect(await state()).toEqual([0, 7])
})
