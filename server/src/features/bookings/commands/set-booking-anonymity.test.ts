import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
import { addPerson, addSummary, testOrigin } from '../../../../test/support/parish.ts'
import { bookingWebhook } from '../../../commands/simulate/payloads.ts'
import type { PersonViewer, Viewer } from '../../../core/access/viewer.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../../../platform/errors.ts'
import { openIntakes } from '../open-intakes.ts'
import { setBookingAnonymity } from './set-booking-anonymity.ts'
import { setBookingSensitivity } from './set-booking-sensitivity.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: PersonViewer
let bookingId: string
let number = 0

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = await calDeps(fresh)
  const userId = await addPastor(fresh.database, pastorAnna)
  anna = { kind: 'person', userId, role: 'pastor', sessionId: 'anna' }
})
afterAll(() => fresh.close())
beforeEach(async () => {
  number += 1
  bookingId = await book()
})

async function book(overrides: Parameters<typeof bookingNumber>[1] = {}): Promise<string> {
  const { bookingId } = await deliver(
    deps,
    bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(number, overrides)),
  )
  if (bookingId === null) throw new Error('the booking was not made')
  return bookingId
}

const columns = (id = bookingId) => fresh.database.booking.findFirstOrThrow({ where: { id } })
const setTo = (isAnonymous: boolean, viewer: Viewer = anna, id = bookingId) =>
  setBookingAnonymity(deps, viewer, testOrigin, { bookingId: id, isAnonymous })
const tokenOf = ({ userId, role }: PersonViewer): Viewer => ({
  kind: 'token',
  userId,
  role,
  tokenId: 'a token',
  scopes: new Set(['bookings:write']),
})

const hidden = {
  isAnonymous: true,
  title: 'Care Talk',
  description: null,
  attendees: null,
  attendeeEmails: null,
  attendeeNames: null,
  redactedDescription: 'Private appointment',
}

test('an anonymous booking shows what a High one does, until that is undone', async () => {
  const before = await stateOf(deps)
  for (const sensitivity of ['Low', 'High', 'Medium'] as const) {
    await setBookingSensitivity(deps, anna, testOrigin, { bookingId, sensitivity })
    await setTo(true)
    expect(await columns()).toMatchObject({ ...hidden, sensitivity, metadata: { attendeeCount: 1, hasIntake: true } })
    await setTo(false)
  }
  const [previous] = before.bookings
  const [is] = (await stateOf(deps)).bookings
  expect(is).toMatchObject({ ...previous, metadata: { pastorAnonymous: false, pastorSensitivity: 'Medium' } })
})

test('its people are in the intake, encrypted for its pastor, and nowhere else in the database', async () => {
  await setTo(true)
  const opened = (await openIntakes(deps, anna, testOrigin, [bookingId])).get(bookingId)
  expect(opened).toMatchObject({ attendees: [{ name: 'Maria Santos', email: 'maria.santos@people.example' }] })
  const row = JSON.stringify(await columns()).toLowerCase()
  expect(row).not.toMatch(/maria|santos/)
  const all = JSON.stringify(await fresh.database.auditLog.findMany()).toLowerCase()
  expect(all).not.toMatch(/maria|santos/)
})

test('its summary’s plaintext is redacted in the same transaction, and a new one is enqueued', async () => {
  const summaryId = await addSummary(deps, anna, bookingId, 'Maria comes about prayer.', {
    plainText: 'Maria Santos: Care Talk. Tuesday 1 September at 11:00, 45 minutes.',
    when: '2026-09-01T09:00:00.000Z',
  })
  deps.enqueued.length = 0
  await setTo(true)
  const { metadata } = await fresh.database.contextSummary.findFirstOrThrow({ where: { id: summaryId } })
  expect(metadata).toMatchObject({
    topic: 'Private',
    participants: ['1 person'],
    plainText: 'Tuesday 1 September at 11:00, 45 minutes.',
  })
  expect(deps.enqueued).toEqual([{ name: 'generate-summary', bookingId }])
})

test('the change is logged, and published once', async () => {
  const changes = () => fresh.database.bookingChange.count({ where: { bookingId } })
  const before = await changes()
  await setTo(true)
  const where = { action: 'booking.anonymity_set', userId: anna.userId, bookingId }
  expect(await fresh.database.auditLog.findMany({ where })).toMatchObject([
    { ...testOrigin, resource: 'booking', resourceId: bookingId, metadata: { from: false, to: true } },
  ])
  expect(await changes()).toBe(before + 1)
})

test('it stays anonymous whatever Cal.com sends later', async () => {
  await setTo(true)
  await deliver(
    deps,
    bookingWebhook('BOOKING_CREATED', new Date(), bookingNumber(number, { sequence: 4, notes: 'New.' })),
  )
  expect(await columns()).toMatchObject(hidden)
})

test('an attendee’s request for anonymity can’t be undone by the pastor', async () => {
  number += 1
  const asked = await book({ answers: [{ slug: 'stay-anonymous', label: 'Stay anonymous?', value: true }] })
  expect(await columns(asked)).toMatchObject({ isAnonymous: true, metadata: { pastorAnonymous: false } })
  await expect(setTo(false, anna, asked)).rejects.toThrow(ConflictError)
  await setTo(true, anna, asked)
  await expect(setTo(false, anna, asked)).rejects.toThrow(ConflictError)
  expect(await columns(asked)).toMatchObject(hidden)
})

test('a token can make a booking anonymous, but not undo it', async () => {
  await setBookingSensitivity(deps, tokenOf(anna), testOrigin, { bookingId, sensitivity: 'High' })
  await setTo(true, tokenOf(anna))
  const before = await columns()
  await expect(setTo(false, tokenOf(anna))).rejects.toThrow(ForbiddenError)
  const lower = setBookingSensitivity(deps, tokenOf(anna), testOrigin, { bookingId, sensitivity: 'Low' })
  await expect(lower).rejects.toThrow(ForbiddenError)
  expect(await columns()).toEqual(before)
})

test('only the owner can change it, and others don’t learn that the booking exists', async () => {
  const before = await columns()
  for (const role of ['pastor', 'admin'] as const) {
    await expect(setTo(true, await addPerson(fresh.database, role))).rejects.toThrow(NotFoundError)
  }
  await expect(setTo(true, anna, crypto.randomUUID())).rejects.toThrow(NotFoundError)
  await expect(setTo(true, anna, 'x')).rejects.toThrow(NotFoundError)
  expect(await columns()).toEqual(before)
})

test('a booking emptied by retention is not found', async () => {
  await fresh.database.booking.updateMany({ where: { id: bookingId }, data: { encryptedIntakeData: null } })
  await expect(setTo(true)).rejects.toThrow(NotFoundError)
})
