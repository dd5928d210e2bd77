import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookingWebhook, cancellationWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import { deliver, personNamed, smallGroup } from '../support/cal.ts'
import { addToken, askWithToken } from '../support/tokens.ts'
import {
  allShown,
  at,
  bookingFor,
  briefOf,
  church,
  colleague,
  created,
  globalId,
  intakeOf,
  plaintextOf,
  post,
  projectBooking,
  rescheduled,
  rowOf,
  setAnonymity,
  setSensitivity,
  severeText,
  shown,
  successorOf,
  useChurch,
} from './private-bookings.ts'

useChurch()

describe('rescheduling keeps everything that hides a booking:', () => {
  it.each(['BOOKING_RESCHEDULED', 'BOOKING_REQUESTED', 'BOOKING_CREATED'])(
    'HIGH set by the pastor, after %s',
    async (trigger) => {
      const first = projectBooking()
      const second = successorOf(first)
      await post(created(first))
      await setSensitivity(first, 'HIGH')
      await post(rescheduled(second, 5, trigger))
      expect(await bookingFor(church.admin, second)).toMatchObject({
        sensitivity: 'HIGH',
        title: 'Care Talk',
        attendees: null,
      })
      expect(await bookingFor(church.pastor, second)).toMatchObject({ sensitivity: 'HIGH', attendees: null })
      expect(await allShown(second)).toEqual(['High'])
      expect(await plaintextOf(second)).not.toContain('Santos')
      const token = await addToken(church, church.admin, ['bookings:read'])
      expect((await askWithToken(church, token, shown, { id: await globalId(second) })).text).not.toContain('Santos')
    },
  )

  it('anonymity set by the pastor, who can undo it on the new booking', async () => {
    const first = projectBooking()
    const second = successorOf(first)
    await post(created(first))
    await setAnonymity(first, true)
    await post(rescheduled(second))
    expect(await bookingFor(church.admin, second)).toMatchObject({ isAnonymous: true, attendees: null })
    expect(await setAnonymity(second, false)).toBeUndefined()
    await post(rescheduled(second, 9))
    expect(await bookingFor(church.pastor, second)).toMatchObject({ isAnonymous: false })
  })

  it('the attendee’s own request to stay anonymous, which nobody can undo', async () => {
    const first = projectBooking({ answers: [{ slug: 'anonymous', label: 'Stay anonymous?', value: true }] })
    const second = successorOf(first)
    await post(created(first))
    await post(rescheduled(second))
    expect(await bookingFor(church.admin, second)).toMatchObject({ isAnonymous: true, attendees: null })
    expect(await setAnonymity(second, false)).toBe('CONFLICT')
  })

  it('grave texts, answers and notes, which appear in the new brief', async () => {
    const first = projectBooking({
      notes: 'Please pray for my mother.',
      answers: [
        { slug: 'why', label: 'Why do you come?', value: severeText },
        { slug: 'how-known', label: 'How do you know us?', value: 'From a friend' },
      ],
    })
    const second = successorOf(first, {
      answers: [{ slug: 'how-known', label: 'How do you know us?', value: 'By the bell' }],
    })
    await post(created(first))
    await post(bookingWebhook('BOOKING_RESCHEDULED', at(5), second))
    expect(await bookingFor(church.admin, second)).toMatchObject({ sensitivity: 'HIGH' })
    const intake = await intakeOf(second)
    expect(intake.notes).toBe('Please pray for my mother.')
    expect(intake.answers).toContainEqual(expect.objectContaining({ slug: 'why', values: [severeText] }))
    expect(intake.answers).toContainEqual(expect.objectContaining({ slug: 'how-known', values: ['By the bell'] }))
    expect(await briefOf(second)).toMatch(/self-harm.*pray for my mother/)
    expect(await plaintextOf(second)).not.toContain('kill')
  })

  it('a LOW set by the pastor, until something new is grave', async () => {
    const first = projectBooking({ notes: severeText })
    const second = successorOf(first, { notes: severeText })
    const third = successorOf(second, { notes: 'He beats me.' })
    await post(created(first))
    await setSensitivity(first, 'LOW')
    await post(rescheduled(second, 5))
    expect(await bookingFor(church.pastor, second)).toMatchObject({ sensitivity: 'LOW' })
    await post(rescheduled(third, 9))
    expect(await bookingFor(church.pastor, third)).toMatchObject({ sensitivity: 'HIGH' })
  })

  it('when the new booking arrives first: it is raised when the previous one arrives', async () => {
    const first = projectBooking({ notes: severeText })
    const second = successorOf(first)
    const third = successorOf(second)
    await post(rescheduled(third, 9))
    await post(rescheduled(second, 5))
    await post(created(first))
    for (const booking of [second, third]) {
      expect(await bookingFor(church.admin, booking)).toMatchObject({ sensitivity: 'HIGH', attendees: null })
      expect((await intakeOf(booking)).notes).toBe(severeText)
    }
  })

  it('when the pastor sets the old booking HIGH afterwards, even if the new one was set LOW', async () => {
    const first = projectBooking()
    const second = successorOf(first)
    const third = successorOf(second)
    for (const webhook of [created(first), rescheduled(second, 5), rescheduled(third, 9)]) await post(webhook)
    await setSensitivity(third, 'LOW')
    await setSensitivity(first, 'HIGH')
    expect((await bookingFor(church.admin, second)).sensitivity).toBe('HIGH')
    expect((await bookingFor(church.admin, third)).sensitivity).toBe('HIGH')
    await setSensitivity(first, 'LOW')
    expect((await bookingFor(church.admin, third)).sensitivity).toBe('HIGH')
    await setSensitivity(third, 'LOW')
    expect((await bookingFor(church.admin, third)).sensitivity).toBe('LOW')
  })

  it('over a chain of five, and when the pastor requested the reschedule by cancelling', async () => {
    const chain = [projectBooking({ notes: severeText })]
    for (let left = 4; left > 0; left -= 1) chain.push(successorOf(chain.at(-1) ?? projectBooking()))
    const [first, ...moved] = chain
    if (first === undefined) throw new Error('no chain')
    await post(created(first))
    await post(cancellationWebhook(at(2), first, { reason: 'Another day, please.', requestReschedule: true }))
    for (const [index, booking] of moved.entries()) await post(rescheduled(booking, 5 + index))
    const last = moved.at(-1) ?? first
    expect(await bookingFor(church.admin, last)).toMatchObject({ sensitivity: 'HIGH' })
    expect((await intakeOf(last)).notes).toBe(severeText)
    expect(await allShown(last)).toEqual(['High'])
  })

  it('when the link to the old booking is missing, by the iCalUID', async () => {
    const first = projectBooking()
    await post(created(first))
    await setSensitivity(first, 'HIGH')
    const second = successorOf(first)
    const lost = successorOf(second)
    await post(rescheduled(lost, 9))
    expect(await bookingFor(church.admin, lost)).toMatchObject({ sensitivity: 'HIGH' })
    const { rescheduledFrom: _from, ...unnamed } = successorOf(first)
    await post(rescheduled(unnamed, 9))
    expect(await bookingFor(church.admin, unnamed)).toMatchObject({ sensitivity: 'HIGH' })
  })

  it('after retention has emptied the old booking, from its columns', async () => {
    const first = projectBooking({ notes: severeText })
    await post(created(first))
    await setAnonymity(first, true)
    const { id } = await rowOf(first)
    await church.deps.database.booking.updateMany({ where: { id }, data: { encryptedIntakeData: null } })
    const second = successorOf(first)
    await post(rescheduled(second))
    expect(await bookingFor(church.admin, second)).toMatchObject({ sensitivity: 'HIGH', isAnonymous: true })
  })

  it('across pastors, but carries texts over only if the church’s own secret signed it', async () => {
    const first = projectBooking({ notes: severeText })
    await post(created(first))
    const moved = successorOf(first, { pastor: colleague })
    await post(rescheduled(moved))
    expect(await bookingFor(church.otherPastor, moved)).toMatchObject({ sensitivity: 'HIGH' })
    expect((await intakeOf(moved, church.otherPastor)).notes).toBe(severeText)

    // A pastor with their own webhook secret could otherwise claim anyone's booking.
    const secret = projectBooking({ notes: 'only for Paul', answers: [] })
    await post(created(secret))
    const known = successorOf(secret, { pastor: colleague })
    const unknown = successorOf({ ...secret, uid: 'uid-of-nobody' }, { pastor: colleague, iCalUid: 'ical-9@x.example' })
    for (const forged of [known, unknown]) await deliver(church.deps, rescheduled(forged), church.otherPastor.userId)
    const seenBoth = [await bookingFor(church.otherPastor, known), await bookingFor(church.otherPastor, unknown)]
    // The result is the same whether or not such a booking exists.
    expect(seenBoth.map(({ sensitivity, isAnonymous }) => [sensitivity, isAnonymous])).toEqual([
      ['HIGH', false],
      ['HIGH', false],
    ])
    expect((await intakeOf(known, church.otherPastor)).notes).toBeNull()
    expect((await rowOf(secret)).status).toBe('confirmed')
  })

  it('for a seat that moves: it takes its own attendee’s texts and nothing of another seat', async () => {
    const [maria, jonas] = [personNamed('Maria', 'Santos'), personNamed('Jonas', 'Weber')]
    const group = projectBooking({ eventType: smallGroup, people: [maria], notes: severeText })
    await post(created(group, 1))
    await post(created({ ...group, people: [jonas], notes: 'I bring cake.' }, 2))
    const moved = successorOf(group, { people: [jonas] })
    await post(rescheduled(moved, 5))
    const intake = await intakeOf(moved)
    expect(intake.notes).toContain('I bring cake.')
    expect(JSON.stringify(intake)).not.toMatch(/kill|Maria/)
    // It shows no more than the group booking that Jonas left.
    expect(await bookingFor(church.admin, moved)).toMatchObject({ sensitivity: 'HIGH' })
    const later = successorOf(moved, { people: [jonas] })
    await post(rescheduled(later, 9))
    expect((await intakeOf(later)).notes).toContain('I bring cake.')
  })

  it('regardless of the order of arrival', async () => {
    const facts = async (bookings: readonly SimulatedBooking[]) =>
      Promise.all(
        bookings.map(async (booking) => {
          const { sensitivity, isAnonymous, title, attendees, status, eventTypeTitle } = await rowOf(booking)
          const { notes, answers, contacts } = await intakeOf(booking)
          return { sensitivity, isAnonymous, title, attendees, status, eventTypeTitle, notes, answers, contacts }
        }),
      )
    const chainOf = () => {
      const first = projectBooking({
        notes: 'the first',
        answers: [
          { slug: 'why', label: 'Why?', value: 'He beats me.' },
          { slug: 'anonymous', label: 'Anonymous?', value: true },
        ],
      })
      const second = successorOf(first, { answers: [{ slug: 'how', label: 'How?', value: 'by bus' }] })
      const third = successorOf(second, { notes: 'the third' })
      const webhooks = [
        created(first, 0),
        bookingWebhook('BOOKING_RESCHEDULED', at(5), second),
        bookingWebhook('BOOKING_REQUESTED', at(9), third, { responses: {}, userFieldsResponses: {} }),
        bookingWebhook('BOOKING_PAID', at(11), third, { responses: {}, userFieldsResponses: {}, rescheduleUid: null }),
      ]
      return { bookings: [first, second, third], webhooks }
    }
    const expected = chainOf()
    for (const webhook of expected.webhooks) await deliver(church.deps, webhook)
    const rows = await facts(expected.bookings)
    expect(rows.map(({ sensitivity, isAnonymous }) => [sensitivity, isAnonymous])).toEqual(
      Array(3).fill(['High', true]),
    )
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (order) => {
        const { bookings, webhooks } = chainOf()
        for (const index of order) await deliver(church.deps, webhooks[index])
        expect(await facts(bookings)).toEqual(rows)
      }),
      { numRuns: 8 },
    )
    // Each run is four transactions and nine reads.
  }, 90_000)
})
