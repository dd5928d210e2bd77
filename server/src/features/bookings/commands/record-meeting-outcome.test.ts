import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addPastor, bookingNumber, type CalDeps, calDeps, deliver, pastorAnna } from '../../../../test/support/cal.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../../test/support/parish.ts'
import {
  bookingWebhook,
  cancellationWebhook,
  meetingWebhook,
  noShowWebhook,
} from '../../../commands/simulate/payloads.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { ConflictError, NotFoundError } from '../../../platform/errors.ts'
import { recordMeetingOutcome } from './record-meeting-outcome.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: PersonViewer
let bookingId: string
let number = 0
let now = new Date()

const start = new Date('2026-09-01T09:00:00Z')
const minutesIn = (minutes: number) => new Date(start.getTime() + minutes * 60_000)

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = { ...(await calDeps(fresh)), clock: { now: () => now } }
  const userId = await addPastor(fresh.database, pastorAnna)
  anna = { kind: 'person', userId, role: 'pastor', sessionId: 'anna' }
})
afterAll(() => fresh.close())
beforeEach(async () => {
  number += 10
  now = minutesIn(50)
  const { bookingId: createdId } = await deliver(
    deps,
    bookingWebhook('BOOKING_CREATED', minutesIn(-900), bookingNumber(number)),
  )
  if (createdId === null) throw new Error('the booking was not made')
  bookingId = createdId
})

type Outcome = Parameters<typeof recordMeetingOutcome>[3]['outcome']
const record = (outcome: Outcome, viewer = anna, id = bookingId) =>
  recordMeetingOutcome(deps, viewer, testOrigin, { bookingId: id, outcome })
const status = async () => (await fresh.database.booking.findFirstOrThrow({ where: { id: bookingId } })).status

test('a pastor can complete a meeting that Cal.com reported no end for, and undo it', async () => {
  await record('completed')
  expect(await status()).toBe('completed')
  now = minutesIn(51)
  await record('no_show')
  expect(await status()).toBe('no_show')
  now = minutesIn(52)
  await record(null)
  expect(await status()).toBe('confirmed')
  const where = { action: 'booking.outcome_recorded', userId: anna.userId, bookingId }
  const entries = await fresh.database.auditLog.findMany({ where, orderBy: { id: 'asc' } })
  expect(entries.map(({ metadata }) => metadata)).toEqual([
    { from: 'confirmed', outcome: 'completed' },
    { from: 'completed', outcome: 'no_show' },
    { from: 'no_show', outcome: null },
  ])
  expect(await fresh.database.bookingChange.count({ where: { bookingId, kind: 'updated' } })).toBe(3)
})

test('the recorded outcome takes precedence over Cal.com’s end time and no-show, and enqueues no summary', async () => {
  deps.enqueued.length = 0
  await record('no_show')
  await deliver(deps, meetingWebhook('MEETING_ENDED', minutesIn(-900), bookingNumber(number)))
  expect(await status()).toBe('no_show')
  now = minutesIn(60)
  await record('completed')
  await deliver(deps, noShowWebhook(minutesIn(61), bookingNumber(number), true))
  expect(await status()).toBe('completed')
  expect(deps.enqueued).toEqual([])
})

test('a meeting rescheduled afterwards is upcoming again, and a cancelled one is not', async () => {
  await record('completed')
  const moved = bookingNumber(number, { sequence: 3, start: minutesIn(3_000) })
  await deliver(deps, bookingWebhook('BOOKING_CREATED', minutesIn(70), moved))
  expect(await status()).toBe('confirmed')
  const cancelled = { reason: 'x', requestReschedule: false }
  await deliver(deps, cancellationWebhook(minutesIn(80), { ...moved, sequence: 4 }, cancelled))
  expect(await status()).toBe('cancelled')
  await expect(record('completed')).rejects.toThrow(ConflictError)
})

test('the outcome can’t be recorded before the meeting has started', async () => {
  now = minutesIn(-1)
  await expect(record('completed')).rejects.toThrow(ConflictError)
  now = minutesIn(0)
  await record('completed')
  expect(await status()).toBe('completed')
})

test('only the owner can record the outcome', async () => {
  for (const role of ['pastor', 'admin'] as const) {
    await expect(record('completed', await addPerson(fresh.database, role))).rejects.toThrow(NotFoundError)
  }
  await expect(record('completed', anna, crypto.randomUUID())).rejects.toThrow(NotFoundError)
  expect(await status()).toBe('confirmed')
})
