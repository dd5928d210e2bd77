import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addPastor,
  bookingNumber,
  type CalDeps,
  calDeps,
  deliver,
  pastorAnna,
  stateOf,
} from '../../../../test/support/cal.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../../test/support/parish.ts'
import { bookingWebhook } from '../../../commands/simulate/payloads.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { setBookingSensitivity } from './set-booking-sensitivity.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: Viewer
let bookingId: string

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = await calDeps(fresh)
  anna = { kind: 'person', userId: await addPastor(fresh.database, pastorAnna), role: 'pastor', sessionId: 'anna' }
  await deliver(deps, bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1)))
  bookingId = (await fresh.database.booking.findFirstOrThrow()).id
})
afterAll(() => fresh.close())

const columns = () => fresh.database.booking.findFirstOrThrow({ where: { id: bookingId } })
const setTo = (sensitivity: 'High' | 'Medium' | 'Low', viewer = anna) =>
  setBookingSensitivity(deps, viewer, testOrigin, { bookingId, sensitivity })

test('a change updates every plaintext column, is logged and published, and enqueues a summary', async () => {
  const before = await stateOf(deps)
  deps.enqueued.length = 0
  await setTo('High')
  expect(await columns()).toMatchObject({ sensitivity: 'High', title: 'Care Talk', attendees: null, description: null })
  const where = { action: 'booking.sensitivity_set', userId: anna.userId, bookingId }
  expect(await fresh.database.auditLog.findMany({ where })).toMatchObject([
    { metadata: { from: 'Medium', to: 'High' } },
  ])
  expect(await fresh.database.bookingChange.findMany({ orderBy: { number: 'asc' } })).toMatchObject([
    { kind: 'created' },
    { kind: 'updated' },
  ])
  expect(deps.enqueued).toHaveLength(1)
  await setTo('Medium')
  const after = await stateOf(deps)
  expect(after.bookings[0]).toMatchObject({ ...before.bookings[0], metadata: { pastorSensitivity: 'Medium' } })
})

test('the sensitivity stays whatever Cal.com sends later, and whatever words it contains', async () => {
  await setTo('Low')
  await deliver(
    deps,
    bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(1, { sequence: 4, notes: 'My divorce.' })),
  )
  expect(await columns()).toMatchObject({ sensitivity: 'Low', metadata: { pastorSensitivity: 'Low' } })
})

test('only the owner can change it, and others don’t learn that the booking exists', async () => {
  const before = await columns()
  for (const role of ['pastor', 'admin'] as const) {
    await expect(setTo('High', await addPerson(fresh.database, role))).rejects.toThrow(NotFoundError)
  }
  const missing = { bookingId: crypto.randomUUID(), sensitivity: 'High' } as const
  await expect(setBookingSensitivity(deps, anna, testOrigin, missing)).rejects.toThrow(NotFoundError)
  await expect(setBookingSensitivity(deps, anna, testOrigin, { ...missing, bookingId: 'x' })).rejects.toThrow(
    NotFoundError,
  )
  expect(await columns()).toEqual(before)
})
