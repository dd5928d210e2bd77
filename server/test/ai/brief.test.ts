import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { bookingWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import type { PersonViewer } from '../../src/core/access/viewer.ts'
import type { Vault } from '../../src/core/vault/vault.ts'
import { setBookingSensitivity } from '../../src/features/bookings/commands/set-booking-sensitivity.ts'
import { createBookingBatcher } from '../../src/features/bookings/write/create-booking-batcher.ts'
import { createBookingSummaries } from '../../src/features/summaries/generate/create-booking-summaries.ts'
import { openSummaries } from '../../src/features/summaries/read/open-summaries.ts'
import { openJobQueue, startWorkers, type Workers } from '../../src/jobs.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { newId } from '../../src/platform/ids.ts'
import type { WorkingQueue } from '../../src/platform/jobs/queue.ts'
import { addPastor, bookingNumber, deliver, pastorAnna } from '../support/cal.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { createTestAccess, openTestVault, testEnv, testOrigin } from '../support/parish.ts'

const log = { info: () => undefined, warn: () => undefined, error: console.error }

let fresh: FreshDatabase
let vault: Vault
let queue: WorkingQueue
let workers: Workers
let anna: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  anna = { kind: 'person', userId: await addPastor(fresh.database, pastorAnna), role: 'pastor', sessionId: '' }
  queue = await openJobQueue({ url: fresh.url, log, runsJobs: true, newId })
  workers = await startWorkers(deps())
})

afterAll(async () => {
  await workers.stop()
  await fresh.close()
})

const deps = () => {
  const summaries = createBookingSummaries({ queue })
  const applyDeps = { ...fresh, vault, clock: systemClock, newId, summaries }
  return {
    ...createTestAccess(fresh.database),
    ...applyDeps,
    applyInBatch: createBookingBatcher(applyDeps),
    queue,
    log,
    env: testEnv,
  }
}

/** Waits for a summary with this sensitivity. */
async function summaryOf(booking: SimulatedBooking, sensitivity = 'Medium') {
  const summary = await vi.waitFor(
    async () => {
      const found = await fresh.database.contextSummary.findFirstOrThrow({
        where: { booking: { calBookingUid: booking.uid } },
      })
      expect(found.metadata).toMatchObject({ sensitivity })
      return found
    },
    { timeout: 15_000, interval: 25 },
  )
  const opened = await openSummaries(deps(), anna, testOrigin, [summary.id])
  return { text: opened.get(summary.id), metadata: summary.metadata, bookingId: summary.bookingId }
}

test('a webhook from Cal.com becomes a brief that only its pastor can open', async () => {
  const booking = bookingNumber(1)
  await deliver(deps(), bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const { text, metadata } = await summaryOf(booking)
  expect(text).toEqual({
    version: 2,
    text: 'Maria Santos meets you on Tuesday 1 September at 11:00 for 45 minutes (Care Talk). No earlier meeting is known. The note says: “I would like to talk about prayer.” In the form: How do you know our church? “From a friend”.',
    urgentMatters: [],
    answeredQuestions: ['How do you know our church?', 'Additional notes'],
  })
  expect(metadata).toMatchObject({
    topic: 'Care Talk',
    participants: ['Maria'],
    location: 'Online',
    plainText: 'Tuesday 1 September at 11:00, 45 minutes.',
  })
})

test('a brief is rewritten with less in plaintext when its pastor raises the booking’s sensitivity', async () => {
  const booking = bookingNumber(2)
  await deliver(deps(), bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const { bookingId } = await summaryOf(booking)
  await setBookingSensitivity(deps(), anna, testOrigin, { bookingId, sensitivity: 'High' })
  const { text, metadata } = await summaryOf(booking, 'High')
  expect(text).toMatchObject({ text: expect.stringMatching(/^Maria Santos meets you/) })
  expect(metadata).toMatchObject({ topic: 'Private', participants: ['1 person'] })
  expect(await fresh.database.contextSummary.count({ where: { bookingId } })).toBe(1)
})
