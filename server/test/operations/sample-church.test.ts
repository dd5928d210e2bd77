import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SeedDeps, seedSampleChurch } from '../../../prisma/seed.ts'
import { createPasswords } from '../../src/core/access/passwords.ts'
import { intakeSchema } from '../../src/features/bookings/lifecycle/intake.model.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createSemaphore } from '../../src/platform/concurrency/semaphore.ts'
import { newId } from '../../src/platform/ids.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { addPerson, createTestIdentities, openTestVault, testProviderFetch } from '../support/parish.ts'

let fresh: FreshDatabase
let deps: SeedDeps

beforeAll(async () => {
  fresh = await freshDatabase()
  const passwords = createPasswords(createSemaphore({ maxConcurrent: 2, maxQueued: 64 }))
  deps = {
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    passwords,
    clock: systemClock,
    newId,
    identities: createTestIdentities(fresh.database),
    providerFetch: testProviderFetch,
  }
})
afterAll(() => fresh.close())

const monthMs = 31 * 86_400_000

test('the sample church has eight weeks of bookings around today, of every status, each with a summary', async () => {
  const startedAt = Date.now()
  const church = await seedSampleChurch(deps)
  expect(church?.accounts.map(({ role }) => role)).toEqual(['pastor', 'pastor', 'admin'])
  const bookings = await fresh.database.booking.findMany({ include: { contextSummaries: true, formResponses: true } })
  const statuses = Object.groupBy(bookings, ({ status }) => status)
  expect(Object.keys(statuses).sort()).toEqual([
    'cancelled',
    'completed',
    'confirmed',
    'no_show',
    'pending',
    'rejected',
    'rescheduled',
  ])
  expect(new Set(bookings.map(({ sensitivity }) => sensitivity))).toEqual(new Set(['High', 'Medium', 'Low']))
  expect(bookings.some(({ isAnonymous }) => isAnonymous)).toBe(true)
  for (const booking of bookings) {
    expect(Math.abs(booking.startTime.getTime() - startedAt)).toBeLessThan(monthMs)
    const isClosed = ['cancelled', 'rejected', 'rescheduled'].includes(booking.status)
    expect(booking.contextSummaries).toHaveLength(isClosed ? 0 : 1)
    if (booking.status === 'completed') expect(booking.endTime.getTime()).toBeLessThan(startedAt)
  }
  const pastors = await fresh.database.user.findMany({ where: { role: 'pastor' } })
  for (const { id } of pastors) {
    const next = bookings
      .filter(
        (booking) => booking.userId === id && booking.status === 'confirmed' && booking.startTime.getTime() > startedAt,
      )
      .sort((a, b) => a.startTime.getTime() - b.startTime.getTime())[0]
    expect((next?.startTime.getTime() ?? 0) - startedAt).toBeLessThan(60 * 60_000)
  }
}, 120_000)

test('its data opens for its owner', async () => {
  const booking = await fresh.database.booking.findFirstOrThrow({ where: { sensitivity: 'High' } })
  const aadContext = { column: 'bookings.encryptedIntakeData', rowId: booking.id, ownerId: booking.userId } as const
  const intake = intakeSchema.parse(JSON.parse(await deps.vault.decrypt(booking.encryptedIntakeData ?? '', aadContext)))
  expect(intake.attendees).not.toHaveLength(0)
  expect(booking.attendees).toBeNull()
})

test('a second start adds nothing, and still prints the accounts', async () => {
  const before = await fresh.database.booking.count()
  expect((await seedSampleChurch(deps))?.accounts).toHaveLength(3)
  expect(await fresh.database.booking.count()).toBe(before)
})

test('a church with real users gets no sample data', async () => {
  await using other = await freshDatabase()
  await addPerson(other.database, 'admin')
  const otherDeps = { ...deps, database: other.database, vault: await openTestVault(other.database) }
  expect(await seedSampleChurch(otherDeps)).toBeNull()
  expect(await other.database.user.count()).toBe(1)
})
