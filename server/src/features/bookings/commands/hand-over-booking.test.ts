import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addPastor,
  bookingNumber,
  type CalDeps,
  calDeps,
  deliver,
  pastorAnna,
  pastoralCare,
  pastorTomas,
} from '../../../../test/support/cal.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, addSummary, testOrigin } from '../../../../test/support/parish.ts'
import { bookingWebhook, cancellationWebhook, meetingWebhook } from '../../../commands/simulate/payloads.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { BadUserInputError, ConflictError, NotFoundError } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { openFormResponses } from '../form-responses/open-form-responses.ts'
import { openIntakes } from '../open-intakes.ts'
import { handOverBooking } from './hand-over-booking.ts'

let fresh: FreshDatabase
let deps: CalDeps
let anna: PersonViewer
let tomas: PersonViewer
let ruth: PersonViewer
let bookingId: string
let number = 0

const pastorRuth = { ...pastorAnna, id: 73, name: 'Ruth Moab', username: 'ruth-moab', email: 'ruth@church.example' }
const person = (userId: string): PersonViewer => ({ kind: 'person', userId, role: 'pastor', sessionId: userId })

beforeAll(async () => {
  fresh = await freshDatabase()
  deps = await calDeps(fresh)
  anna = person(await addPastor(fresh.database, pastorAnna))
  tomas = person(await addPastor(fresh.database, pastorTomas))
  ruth = person(await addPastor(fresh.database, pastorRuth))
})
afterAll(() => fresh.close())
beforeEach(async () => {
  number += 10
  const { bookingId: createdId } = await deliver(deps, webhook('BOOKING_CREATED', 1))
  if (createdId === null) throw new Error('the booking was not made')
  bookingId = createdId
})

type Overrides = Parameters<typeof bookingNumber>[1]
const at = (minute: number) => new Date(Date.UTC(2026, 7, 20, 8, minute))
const webhook = (trigger: string, minute: number, overrides: Overrides = {}) =>
  bookingWebhook(trigger, at(minute), bookingNumber(number, { sequence: minute, ...overrides }))
const handOver = (to: PersonViewer, from = anna, id = bookingId) =>
  handOverBooking(deps, from, testOrigin, { bookingId: id, toUserId: to.userId })
const row = (id = bookingId) => fresh.database.booking.findFirstOrThrow({ where: { id } })
const ownerNow = async (id = bookingId) => (await row(id)).userId
const changesOf = (owner: PersonViewer) =>
  fresh.database.bookingChange.findMany({ where: { bookingId, ownerId: owner.userId }, orderBy: { number: 'asc' } })
const intakeFor = async (viewer: PersonViewer, id = bookingId) =>
  (await openIntakes(deps, viewer, testOrigin, [id])).get(id)

describe('a booking that is handed over', () => {
  test('opens for its new owner with all encrypted data, and no longer for the old one', async () => {
    const before = await intakeFor(anna)
    await handOver(tomas)
    expect(await intakeFor(tomas)).toEqual(before)
    expect(await intakeFor(anna)).toBeInstanceOf(NotFoundError)
    const [response] = await fresh.database.formResponse.findMany({ where: { bookingId }, include: { form: true } })
    expect(response?.form.userId).toBe(tomas.userId)
    const id = response?.id ?? ''
    expect((await openFormResponses(deps, tomas, testOrigin, [id])).get(id)).toMatchObject([
      { values: ['From a friend'] },
    ])
    expect((await openFormResponses(deps, anna, testOrigin, [id])).get(id)).toBeInstanceOf(NotFoundError)
  })

  test('loses its summary, which may mention other visits, and the new owner’s is enqueued', async () => {
    await addSummary(deps, anna, bookingId, 'The third visit, about her marriage.')
    deps.enqueued.length = 0
    await handOver(tomas)
    expect(await fresh.database.contextSummary.count({ where: { bookingId } })).toBe(0)
    expect(deps.enqueued).toEqual([{ name: 'generate-summary', bookingId }])
  })

  test('is removed in the old owner’s change log and created in the new one’s', async () => {
    await handOver(tomas)
    expect((await changesOf(anna)).map(({ kind }) => kind)).toEqual(['created', 'removed'])
    expect((await changesOf(tomas)).map(({ kind }) => kind)).toEqual(['created'])
  })

  test('is logged once, with the actor and both pastors, and both can see the entry', async () => {
    await handOver(tomas)
    const entries = await fresh.database.auditLog.findMany({ where: { action: 'booking.handed_over', bookingId } })
    expect(entries).toMatchObject([
      { ...testOrigin, userId: anna.userId, metadata: { fromUserId: anna.userId, toUserId: tomas.userId } },
    ])
    const sealed = { in: ['intake.sealed', 'form_response.sealed'] }
    const digests = await fresh.database.auditLog.count({ where: { action: sealed, bookingId } })
    expect(digests).toBe(4)
  })

  test('keeps the sensitivity of its first pastor’s event type', async () => {
    const eventTypeId = 900 + number
    const strict = { version: 1, sensitivity: 'High', fields: [] }
    await fresh.database.form.create({
      data: { id: newId(), userId: anna.userId, name: 'Confession', eventTypeId, schema: strict },
    })
    const eventType = { ...pastoralCare, id: eventTypeId }
    const { bookingId } = await deliver(
      deps,
      bookingWebhook('BOOKING_CREATED', at(1), bookingNumber(number + 1, { eventType })),
    )
    await handOver(tomas, anna, bookingId ?? '')
    expect(await row(bookingId ?? '')).toMatchObject({ userId: tomas.userId, sensitivity: 'High', attendees: null })
  })

  test('can be handed over again, and back', async () => {
    await handOver(tomas)
    await handOver(ruth, tomas)
    await handOver(anna, ruth)
    expect(await ownerNow()).toBe(anna.userId)
    expect(await intakeFor(anna)).toMatchObject({ notes: 'I would like to talk about prayer.' })
    await deliver(deps, webhook('BOOKING_CREATED', 30))
    expect(await ownerNow()).toBe(anna.userId)
  })

  test('can be handed over again by a node whose clock is behind', async () => {
    await handOver(tomas)
    const earlierDeps = { ...deps, clock: { now: () => new Date('2026-08-01T00:00:00Z') } }
    await handOverBooking(earlierDeps, tomas, testOrigin, { bookingId, toUserId: ruth.userId })
    expect(await ownerNow()).toBe(ruth.userId)
  })

  test('is unchanged if the hand-over fails at the end', async () => {
    const before = await row()
    const failing: CalDeps = {
      ...deps,
      summaries: {
        ...deps.summaries,
        enqueue: () => {
          throw new Error('no queue')
        },
      },
    }
    const failed = handOverBooking(failing, anna, testOrigin, { bookingId, toUserId: tomas.userId })
    await expect(failed).rejects.toThrow('no queue')
    expect(await row()).toEqual(before)
    expect(await intakeFor(anna)).toMatchObject({ notes: 'I would like to talk about prayer.' })
  })

  test('goes to only one of two pastors in concurrent hand-overs', async () => {
    const outcomes = await Promise.allSettled([handOver(tomas), handOver(ruth)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect([tomas.userId, ruth.userId]).toContain(await ownerNow())
  })
})

describe('a later webhook from Cal.com', () => {
  test('that names the same pastor as before leaves it with the new owner', async () => {
    await handOver(tomas)
    await deliver(deps, webhook('BOOKING_LOCATION_UPDATED', 5, { notes: 'Please call me first.' }))
    expect(await ownerNow()).toBe(tomas.userId)
    expect(await intakeFor(tomas)).toMatchObject({ notes: 'Please call me first.' })
    await deliver(deps, meetingWebhook('MEETING_ENDED', at(1), bookingNumber(number)))
    expect(await row()).toMatchObject({ userId: tomas.userId, status: 'completed' })
    const cancelled = { reason: 'Ill.', requestReschedule: false }
    await deliver(deps, cancellationWebhook(at(9), bookingNumber(number, { sequence: 9 }), cancelled))
    expect(await row()).toMatchObject({ userId: tomas.userId, status: 'cancelled' })
    expect((await changesOf(anna)).map(({ kind }) => kind)).toEqual(['created', 'removed'])
  })

  test('that is older, or a repeat, does not hand it back either', async () => {
    await handOver(tomas)
    await deliver(deps, webhook('BOOKING_CREATED', 0, { notes: 'An older word.' }))
    await deliver(deps, webhook('BOOKING_CREATED', 1))
    expect(await ownerNow()).toBe(tomas.userId)
  })

  test('that names a third pastor gives it to that one: the meeting takes place there', async () => {
    await handOver(tomas)
    await deliver(deps, webhook('BOOKING_REASSIGNED', 6, { pastor: pastorRuth }))
    expect(await ownerNow()).toBe(ruth.userId)
    expect(await intakeFor(ruth)).toMatchObject({ notes: 'I would like to talk about prayer.' })
    // Cal.com named somebody else in between, so naming the first pastor again returns the booking to them.
    await deliver(deps, webhook('BOOKING_REASSIGNED', 7))
    expect(await ownerNow()).toBe(anna.userId)
  })

  test('that is late, and named a third pastor before the known one, changes nothing', async () => {
    await deliver(deps, webhook('BOOKING_REASSIGNED', 6))
    await handOver(tomas)
    await deliver(deps, webhook('BOOKING_REASSIGNED', 4, { pastor: pastorRuth }))
    expect(await ownerNow()).toBe(tomas.userId)
  })

  test('that reschedules it makes the replacement the new owner’s, in any order of arrival', async () => {
    await handOver(tomas)
    const moved = bookingNumber(number + 1, {
      rescheduledFrom: { uid: `uid-${number}`, bookingId: number, start: new Date('2026-09-01T09:00:00Z') },
      start: new Date('2026-10-05T09:00:00Z'),
    })
    const { rescheduledFrom: _link, ...unlinked } = moved
    await deliver(deps, bookingWebhook('BOOKING_LOCATION_UPDATED', at(8), unlinked))
    const { bookingId: next } = await deliver(deps, bookingWebhook('BOOKING_RESCHEDULED', at(7), moved))
    expect(await row(next ?? '')).toMatchObject({ userId: tomas.userId, status: 'confirmed' })
    expect(await row()).toMatchObject({ userId: tomas.userId, status: 'rescheduled' })
    expect(await intakeFor(tomas, next ?? '')).toMatchObject({ notes: 'I would like to talk about prayer.' })
  })

  test('that reschedules it during the hand-over leaves the new booking with the old one’s owner', async () => {
    for (let round = 0; round < 6; round += 1) {
      number += 10
      const { bookingId: old } = await deliver(deps, webhook('BOOKING_CREATED', 1))
      const rescheduledFrom = { uid: `uid-${number}`, bookingId: number, start: new Date('2026-09-01T09:00:00Z') }
      const moving = deliver(
        deps,
        bookingWebhook('BOOKING_RESCHEDULED', at(7), bookingNumber(number + 1, { rescheduledFrom })),
      )
      const [moved] = await Promise.all([moving, handOver(tomas, anna, old ?? '').catch(() => null)])
      expect(await ownerNow(moved.bookingId ?? '')).toBe(await ownerNow(old ?? ''))
    }
  })

  test('signed with the first pastor’s own secret still updates it, and can’t take it back', async () => {
    await handOver(tomas)
    const updated = await deliver(deps, webhook('BOOKING_LOCATION_UPDATED', 5, { notes: 'New words.' }), anna.userId)
    expect(updated.outcome).toBe('applied')
    expect(await row()).toMatchObject({ userId: tomas.userId })
    const cancelled = { reason: 'Ill.', requestReschedule: false }
    const ended = cancellationWebhook(at(9), bookingNumber(number, { sequence: 9 }), cancelled)
    expect((await deliver(deps, ended, anna.userId)).outcome).toBe('applied')
    expect(await row()).toMatchObject({ userId: tomas.userId, status: 'cancelled' })
    expect((await deliver(deps, webhook('BOOKING_CREATED', 9), ruth.userId)).outcome).toBe('unknown_organizer')
  })
})

describe('a hand-over is refused', () => {
  test('to a user who doesn’t own the booking, as if it didn’t exist', async () => {
    const admin = await addPerson(fresh.database, 'admin')
    for (const viewer of [tomas, admin]) await expect(handOver(ruth, viewer)).rejects.toThrow(NotFoundError)
    for (const id of [newId(), 'x']) await expect(handOver(ruth, anna, id)).rejects.toThrow(NotFoundError)
    await handOver(tomas)
    await expect(handOver(ruth)).rejects.toThrow(NotFoundError)
  })

  test('to an admin, a deactivated pastor or a nonexistent user, with the same error', async () => {
    const inactive = await addPerson(fresh.database, 'pastor')
    await fresh.database.user.update({ where: { id: inactive.userId }, data: { isActive: false } })
    for (const to of [await addPerson(fresh.database, 'admin'), inactive, person(newId()), person('x')]) {
      await expect(handOver(to)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', extensions: { field: 'toUserId' } })
      await expect(handOver(to)).rejects.toThrow(BadUserInputError)
    }
    expect(await ownerNow()).toBe(anna.userId)
  })

  test('to oneself, and for a rescheduled booking', async () => {
    await expect(handOver(anna)).rejects.toThrow(ConflictError)
    const rescheduledFrom = { uid: `uid-${number}`, bookingId: number, start: new Date('2026-09-01T09:00:00Z') }
    await deliver(deps, bookingWebhook('BOOKING_RESCHEDULED', at(7), bookingNumber(number + 1, { rescheduledFrom })))
    await expect(handOver(tomas)).rejects.toThrow(ConflictError)
  })
})
