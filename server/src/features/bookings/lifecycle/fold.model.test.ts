import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bookingNumber, eventIn, personNamed, planNumber, sample, smallGroup } from '../../../../test/support/cal.ts'
import { type SequenceKind, sequenceKinds, webhooksOf } from '../../../commands/simulate/event-sequences.ts'
import {
  bookingWebhook,
  cancellationWebhook,
  meetingWebhook,
  noShowWebhook,
  paymentWebhook,
  rejectionWebhook,
} from '../../../commands/simulate/payloads.ts'
import { addEntries, entryOf, type LogEntry, rescheduledAwayOf } from './event-log.model.ts'
import { foldEvents } from './fold.model.ts'

const owner = '0198a3c0-0000-7000-8000-000000000001'

const church = { ownerId: owner, signedBy: null }

/** The bookings folded from webhooks in the given order, by UID, as applying them does. */
function livesOf(webhooks: readonly unknown[]) {
  const all = webhooks.map((webhook) => entryOf(eventIn(webhook), church))
  const entriesOf = (uid: string) => {
    const own = all.filter(({ event }) => uidOf(event) === uid)
    const left = all.flatMap((entry) => {
      const { event } = entry
      const names = event.kind === 'booking' || event.kind === 'meeting' ? event.rescheduledFromUid : null
      return names === uid ? (rescheduledAwayOf(entry) ?? []) : []
    })
    return [...own, ...left].reduce<LogEntry[]>((known, entry) => addEntries(known, [entry]) ?? known, [])
  }
  const uids = new Set(all.flatMap(({ event }) => uidOf(event) ?? []))
  return Object.fromEntries([...uids].sort().map((uid) => [uid, foldEvents(entriesOf(uid))]))
}

const uidOf = (event: LogEntry['event']) => ('uid' in event ? event.uid : null)

function lifeOfAll(...webhooks: unknown[]) {
  return Object.values(livesOf(webhooks)).at(0) ?? null
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

const at = (minute: number) => new Date(Date.UTC(2026, 7, 20, 8, minute))

describe('the fold doesn’t depend on the order of events', () => {
  test.each(sequenceKinds)('for every permutation of %s, each event twice', (kind: SequenceKind) => {
    const plan = planNumber(1, kind === 'seats' ? { eventType: smallGroup } : {})
    const webhooks = webhooksOf(kind, plan)
    const expected = livesOf(webhooks)
    for (const order of permutations(webhooks)) expect(livesOf([...order, ...order.toReversed()])).toEqual(expected)
  })

  test('for any set of events, however odd, in any order and with repeats', () => {
    const booking = bookingNumber(1)
    const anyEvent = fc
      .record({
        trigger: fc.constantFrom(
          'BOOKING_PAYMENT_INITIATED',
          'BOOKING_REQUESTED',
          'BOOKING_CREATED',
          'BOOKING_RESCHEDULED',
          'BOOKING_LOCATION_UPDATED',
          'BOOKING_REASSIGNED',
          'BOOKING_PAID',
          'BOOKING_REJECTED',
          'BOOKING_CANCELLED',
        ),
        minute: fc.option(fc.integer({ min: 0, max: 5 })),
        sequence: fc.option(fc.integer({ min: 0, max: 3 })),
        seats: fc.constantFrom(null, null, 4),
        status: fc.constantFrom('ACCEPTED', 'PENDING', 'CANCELLED', null),
        who: fc.constantFrom('Maria', 'Jonas', 'Ruth'),
        notes: fc.constantFrom('', 'first', 'second'),
        rescheduleUid: fc.constantFrom(null, null, 'uid-0', 'uid-1'),
      })
      .map(({ trigger, minute, sequence, seats, status, who, notes, rescheduleUid }) => ({
        ...bookingWebhook(
          trigger,
          at(minute ?? 0),
          { ...booking, notes, people: [personNamed(who)] },
          {
            iCalSequence: sequence,
            seatsPerTimeSlot: seats,
            status,
            rescheduleUid,
          },
        ),
        ...(minute === null && { createdAt: null }),
      }))
    fc.assert(
      fc.property(
        fc
          .uniqueArray(anyEvent, { minLength: 1, maxLength: 7, selector: (event) => JSON.stringify(event) })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray(events, { minLength: events.length }),
              fc.subarray(events),
            ),
          ),
        ([events, shuffled, repeated]) => {
          expect(livesOf([...shuffled, ...repeated])).toEqual(livesOf(events))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('an event signed only by a pastor’s own secret', () => {
  const colleague = '0198a3c0-0000-7000-8000-000000000002'
  const booking = bookingNumber(1)
  const created = bookingWebhook('BOOKING_CREATED', at(1), booking)
  const ended = cancellationWebhook(new Date('2099-01-01T00:00:00Z'), booking, {
    reason: 'x',
    requestReschedule: false,
  })
  const reassigned = bookingWebhook('BOOKING_REASSIGNED', at(5), booking)
  const byColleague = { ownerId: colleague, signedBy: colleague }

  test('is ignored once the booking belongs to another pastor, in any order', () => {
    const entries = [
      entryOf(eventIn(created), { ownerId: colleague, signedBy: null }),
      entryOf(eventIn(ended), byColleague),
      entryOf(eventIn(noShowWebhook(at(9), booking, true)), { ...byColleague, ownerId: null }),
      entryOf(eventIn(reassigned), church),
    ]
    for (const order of permutations(entries)) {
      expect(foldEvents(order)).toMatchObject({ ownerId: owner, status: 'confirmed', cancellationReason: null })
    }
    expect(foldEvents(entries.slice(0, 3))).toMatchObject({ ownerId: colleague, status: 'cancelled' })
  })

  test('still provides the time and the names if no other event does', () => {
    const timeless = {
      ...reassigned,
      payload: { ...(reassigned.payload as object), startTime: null, endTime: null, uid: null },
    }
    const life = foldEvents([entryOf(eventIn(created), byColleague), entryOf(eventIn(timeless), church)])
    expect(life).toMatchObject({ ownerId: owner, uid: 'uid-1', startTime: booking.start })
  })

  test('coexists with the same answers of the next owner, and yields to the church', () => {
    const mark = eventIn(noShowWebhook(at(9), booking, true))
    const [theirs, own, ofChurch] = [colleague, owner, null].map((signedBy) =>
      entryOf(mark, { ownerId: null, signedBy }),
    )
    if (!theirs || !own || !ofChurch) throw new Error('three entries')
    expect(addEntries([theirs], [own])).toEqual([theirs, own])
    expect(addEntries([theirs, own], [theirs, own])).toBeNull()
    expect(addEntries([theirs, own], [ofChurch])).toEqual([ofChurch])
    expect(addEntries([ofChurch], [theirs, own])).toBeNull()
  })
})

describe('the order of events', () => {
  const booking = bookingNumber(1)

  test('puts a smaller iCalSequence first, whatever its time', () => {
    const moved = { ...booking, sequence: 2, notes: 'newer' }
    const life = lifeOfAll(
      bookingWebhook('BOOKING_CREATED', at(1), moved),
      bookingWebhook('BOOKING_CREATED', at(9), booking),
    )
    expect(life?.notes).toBe('newer')
  })

  test('uses the later createdAt for equal sequences', () => {
    const life = lifeOfAll(
      bookingWebhook('BOOKING_CREATED', at(5), { ...booking, notes: 'later' }),
      bookingWebhook('BOOKING_CREATED', at(4), booking),
    )
    expect(life?.notes).toBe('later')
  })

  test('ignores a stale cancellation with an earlier sequence', () => {
    const confirmed = bookingWebhook('BOOKING_CREATED', at(5), { ...booking, sequence: 3 })
    expect(
      lifeOfAll(confirmed, cancellationWebhook(at(1), booking, { reason: 'x', requestReschedule: false }))?.status,
    ).toBe('confirmed')
  })

  test('puts a rejection without a sequence after the request of its time', () => {
    const requested = bookingWebhook('BOOKING_REQUESTED', at(1), { ...booking, sequence: 1 }, { status: 'PENDING' })
    expect(lifeOfAll(rejectionWebhook(at(2), booking, 'no'), requested)?.status).toBe('rejected')
  })

  test('at the same time puts a request before its confirmation, and a cancellation last', () => {
    const events = ['BOOKING_CANCELLED', 'BOOKING_CREATED', 'BOOKING_REQUESTED'].map((trigger) =>
      bookingWebhook(trigger, at(1), booking),
    )
    expect(lifeOfAll(...events)?.status).toBe('cancelled')
    expect(lifeOfAll(...events.slice(1))?.status).toBe('confirmed')
  })
})

describe('Cal.com’s pitfalls are handled:', () => {
  const booking = bookingNumber(1)

  test('a payment that has only been initiated confirms nothing, although it says ACCEPTED', () => {
    const begun = sample('BOOKING_PAYMENT_INITIATED')
    expect(lifeOfAll(begun)?.status).toBe('pending')
    expect(lifeOfAll(begun, { ...sample('BOOKING_PAID'), createdAt: begun.createdAt })?.status).toBe('confirmed')
  })

  test('a payment doesn’t reactivate a cancelled booking', () => {
    const cancelled = cancellationWebhook(at(3), booking, { reason: 'x', requestReschedule: false })
    expect(
      lifeOfAll(
        bookingWebhook('BOOKING_CREATED', at(1), booking),
        cancelled,
        paymentWebhook('BOOKING_PAID', at(4), booking),
      )?.status,
    ).toBe('cancelled')
  })

  test('empty answers and notes erase nothing', () => {
    const paid = bookingWebhook(
      'BOOKING_PAID',
      at(4),
      { ...booking, notes: '' },
      {
        responses: { 'how-known': { label: 'How do you know our church?', value: '' } },
        userFieldsResponses: { 'how-known': { label: 'x' } },
      },
    )
    const life = lifeOfAll(bookingWebhook('BOOKING_CREATED', at(1), booking), paid)
    expect(life?.notes).toBe(booking.notes)
    expect(life?.answers).toMatchObject([{ slug: 'how-known', values: ['From a friend'], isCustom: true }])
  })

  test('cancelling one seat frees only that seat', () => {
    const seats = { ...booking, eventType: smallGroup }
    const [maria, jonas] = [personNamed('Maria'), personNamed('Jonas')].map((person) => ({
      ...seats,
      people: [person],
    }))
    const taken = [maria, jonas].map((seat) => bookingWebhook('BOOKING_CREATED', at(1), seat ?? seats))
    const freed = cancellationWebhook(
      at(2),
      { ...seats, sequence: 1, people: maria?.people ?? [] },
      { reason: 'ill', requestReschedule: false },
    )
    const life = lifeOfAll(...taken, freed)
    expect(life?.status).toBe('confirmed')
    expect(life?.people.map(({ name }) => name)).toEqual(['Jonas Tester'])
    const again = bookingWebhook('BOOKING_CREATED', at(3), { ...seats, people: maria?.people ?? [] })
    expect(lifeOfAll(...taken, freed, again)?.people).toHaveLength(2)
    const lastFreed = cancellationWebhook(
      at(4),
      { ...seats, people: jonas?.people ?? [] },
      { reason: 'ill', requestReschedule: false },
    )
    expect(lifeOfAll(...taken, freed, lastFreed)).toMatchObject({ status: 'cancelled', people: [] })
  })

  test('a cancellation that names every attendee of a meeting with seats ends it', () => {
    const seats = { ...booking, eventType: smallGroup, people: [personNamed('Maria'), personNamed('Jonas')] }
    expect(
      lifeOfAll(
        bookingWebhook('BOOKING_CREATED', at(1), seats),
        cancellationWebhook(at(2), seats, { reason: 'x', requestReschedule: false }),
      )?.status,
    ).toBe('cancelled')
  })

  test('every attendee’s answers stay their own if each booked a seat', () => {
    const seat = (name: string, value: string) =>
      bookingWebhook('BOOKING_CREATED', at(1), {
        ...booking,
        eventType: smallGroup,
        people: [personNamed(name)],
        notes: `${name} says`,
        answers: [{ slug: 'diet', label: 'Diet', value }],
      })
    const life = lifeOfAll(seat('Maria', 'none'), seat('Jonas', 'vegan'))
    expect(
      life?.answers
        .filter(({ slug }) => slug === 'diet')
        .map(({ by, values }) => [by?.name, ...values])
        .sort(),
    ).toEqual([
      ['Jonas Tester', 'vegan'],
      ['Maria Tester', 'none'],
    ])
    expect(life?.notes).toContain('Jonas Tester: Jonas says')
  })

  test('rescheduling one of several seats leaves the old meeting in place for the others', () => {
    const seats = { ...booking, eventType: smallGroup }
    const taken = ['Maria', 'Jonas'].map((name) =>
      bookingWebhook('BOOKING_CREATED', at(1), { ...seats, people: [personNamed(name)] }),
    )
    const moves = (name: string) =>
      bookingWebhook(
        'BOOKING_RESCHEDULED',
        at(5),
        { ...seats, uid: 'uid-2', bookingId: 2, people: [personNamed(name)] },
        { rescheduleUid: 'uid-1' },
      )
    expect(livesOf([...taken, moves('Maria')])['uid-1']).toMatchObject({
      status: 'confirmed',
      people: [{ name: 'Jonas Tester' }],
    })
    expect(livesOf([...taken, moves('Maria'), moves('Jonas')])['uid-1']).toMatchObject({
      status: 'rescheduled',
      people: [],
    })
  })

  test('a meeting that took place was confirmed, even if that event was lost, unless it was cancelled', () => {
    const ended = meetingWebhook('MEETING_ENDED', at(0), booking)
    expect(lifeOfAll(ended)?.status).toBe('completed')
    expect(lifeOfAll(bookingWebhook('BOOKING_CREATED', at(1), booking), ended)?.status).toBe('completed')
    expect(
      lifeOfAll(cancellationWebhook(at(1), booking, { reason: 'x', requestReschedule: false }), ended)?.status,
    ).toBe('cancelled')
  })

  describe('an outcome belongs to a start time', () => {
    const later = { ...booking, start: new Date(booking.start.getTime() + 7 * 86_400_000) }
    const created = bookingWebhook('BOOKING_CREATED', at(1), booking)
    const moved = bookingWebhook('BOOKING_CREATED', at(9), later)
    const plus = (start: Date, minutes: number) => new Date(start.getTime() + minutes * 60_000)
    /** Cal.com's row as of this time, which is when the meeting event is sent. */
    const meeting = (trigger: 'MEETING_STARTED' | 'MEETING_ENDED', of: typeof booking, updatedAt: Date) => ({
      ...meetingWebhook(trigger, at(0), of),
      updatedAt: updatedAt.toISOString(),
    })

    test('a meeting that ended at the old time does not complete the moved booking', () => {
      const ended = meeting('MEETING_ENDED', booking, at(1))
      for (const order of permutations([created, moved, ended, meeting('MEETING_STARTED', booking, at(1))])) {
        expect(lifeOfAll(...order)).toMatchObject({ status: 'confirmed', startTime: later.start, hasStarted: false })
      }
      expect(lifeOfAll(created, moved, ended, meeting('MEETING_ENDED', later, at(9)))?.status).toBe('completed')
    })

    test('a no-show mark from before the new time does not count for it', () => {
      const mark = (time: Date) => noShowWebhook(time, booking, true)
      expect(lifeOfAll(created, mark(plus(booking.start, 20)))?.status).toBe('no_show')
      expect(lifeOfAll(created, mark(plus(booking.start, 20)), moved)).toMatchObject({
        status: 'confirmed',
        people: [{ isNoShow: false }],
      })
      expect(lifeOfAll(created, moved, mark(plus(later.start, 20)))?.status).toBe('no_show')
    })

    test('a row that was updated after every booking event corrects the times, in any order', () => {
      const started = meeting('MEETING_STARTED', later, plus(booking.start, -60))
      for (const order of permutations([created, started])) {
        expect(lifeOfAll(...order)).toMatchObject({ startTime: later.start, status: 'confirmed', hasStarted: true })
      }
      const ended = meeting('MEETING_ENDED', later, plus(booking.start, -60))
      for (const order of permutations([created, started, ended])) expect(lifeOfAll(...order)?.status).toBe('completed')
    })

    test('a row that is older than a booking event does not', () => {
      expect(lifeOfAll(created, moved, meeting('MEETING_STARTED', booking, at(5)))?.startTime).toEqual(later.start)
      const { updatedAt: _updatedAt, ...dateless } = meetingWebhook('MEETING_STARTED', at(0), later)
      expect(lifeOfAll(created, dateless)?.startTime).toEqual(booking.start)
    })
  })

  test('the last seat given up cancels the meeting, and a new seat opens it again', () => {
    const seats = { ...booking, eventType: smallGroup, people: [personNamed('Maria')] }
    const reason = { reason: '', requestReschedule: false }
    const taken = bookingWebhook('BOOKING_CREATED', at(1), seats)
    const left = cancellationWebhook(at(5), seats, reason)
    const again = bookingWebhook('BOOKING_CREATED', at(9), { ...seats, people: [personNamed('Jonas')] })
    for (const order of permutations([taken, left])) {
      expect(lifeOfAll(...order)).toMatchObject({ status: 'cancelled', people: [] })
    }
    for (const order of permutations([taken, left, again])) {
      expect(lifeOfAll(...order)).toMatchObject({ status: 'confirmed', people: [{ name: 'Jonas Tester' }] })
    }
  })

  test('marking every attendee makes a no-show, and unmarking undoes it', () => {
    const two = { ...booking, people: [personNamed('Maria'), personNamed('Jonas')] }
    const mark = (name: string, minute: number, noShow: boolean) => ({
      triggerEvent: 'BOOKING_NO_SHOW_UPDATED',
      createdAt: at(minute).toISOString(),
      payload: { bookingUid: 'uid-1', attendees: [{ email: personNamed(name).email.toUpperCase(), noShow }] },
    })
    const created = bookingWebhook('BOOKING_CREATED', at(1), two)
    expect(lifeOfAll(created, mark('Maria', 5, true))?.status).toBe('confirmed')
    expect(lifeOfAll(created, mark('Maria', 5, true), mark('Jonas', 6, true))?.status).toBe('no_show')
    expect(lifeOfAll(created, mark('Maria', 5, true), mark('Jonas', 6, true), mark('Maria', 7, false))?.status).toBe(
      'confirmed',
    )
  })

  test('a request to reschedule closes the old booking too', () => {
    const moved = bookingWebhook(
      'BOOKING_REQUESTED',
      at(5),
      { ...booking, uid: 'uid-2', bookingId: 2 },
      { rescheduleUid: 'uid-1', status: 'PENDING' },
    )
    const lives = livesOf([bookingWebhook('BOOKING_CREATED', at(1), booking), moved])
    expect(lives['uid-1']?.status).toBe('rescheduled')
    expect(lives['uid-2']?.status).toBe('pending')
  })
})
