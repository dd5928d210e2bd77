import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookingWebhook, cancellationWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import { generateSummary } from '../../src/features/summaries/generate/generate-summary.ts'
import { newId } from '../../src/platform/ids.ts'
import { bookingNumber, deliver, pastorAnna, personNamed, signatureOf, smallGroup } from '../support/cal.ts'
import { type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

/** Text that must only be stored encrypted. */
const severeText = 'I want to kill myself'

let church: RunningChurch
let pastor: typeof pastorAnna
let colleague: typeof pastorAnna
let number = 1_000

beforeAll(async () => {
  church = await startChurch({ works: false })
  pastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email: church.pastor.email, username: church.pastor.username }
  const { email, username } = church.otherPastor
  colleague = { ...pastorAnna, id: 2, name: 'Pastor Lydia', email, username }
})
afterAll(() => church.close())

const projectBooking = (overrides: Partial<SimulatedBooking> = {}): SimulatedBooking => {
  number += 10
  return bookingNumber(number, { pastor, ...overrides })
}
const at = (minute: number) => new Date(Date.UTC(2026, 7, 20, 8, minute))
const created = (booking: SimulatedBooking, minute = 0, details: Record<string, unknown> = {}) =>
  bookingWebhook('BOOKING_CREATED', at(minute), booking, details)

/** The rescheduled booking that replaces another, as Cal.com sends it, with empty answers. */
function movedFrom(booking: SimulatedBooking, overrides: Partial<SimulatedBooking> = {}): SimulatedBooking {
  number += 1
  return {
    ...booking,
    uid: `uid-${number}`,
    bookingId: number,
    sequence: booking.sequence + 1,
    start: new Date(booking.start.getTime() + 86_400_000),
    notes: '',
    answers: [],
    rescheduledFrom: { uid: booking.uid, bookingId: booking.bookingId, start: booking.start },
    ...overrides,
  }
}
const rescheduled = (booking: SimulatedBooking, minute = 5, trigger = 'BOOKING_RESCHEDULED') =>
  bookingWebhook(trigger, at(minute), booking, { responses: {}, userFieldsResponses: {} })

async function post(webhook: unknown): Promise<void> {
  const body = JSON.stringify(webhook)
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const response = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
}

const rowOf = ({ uid }: { uid: string }) =>
  church.deps.database.booking.findFirstOrThrow({ where: { calBookingUid: uid }, include: { key: true } })
const globalId = async (booking: SimulatedBooking) =>
  Buffer.from(`Booking:${(await rowOf(booking)).id}`).toString('base64')

const shown = `query($id: ID!) { booking(id: $id) {
  title description redactedDescription eventTypeTitle timeZone location sensitivity isAnonymous attendeeCount
  attendees { name email timeZone } } }`
const sealed = `query($id: ID!) { booking(id: $id) { intake {
  notes location title cancellationReason rejectionReason answers { slug label values }
  attendees { name email } contacts { name email phoneNumber } } } }`

type Shown = { booking: Record<string, unknown> & { sensitivity: string; isAnonymous: boolean } }
type Intake = {
  notes: string | null
  location: string | null
  cancellationReason: string | null
  answers: { slug: string; values: string[] }[]
  attendees: { name: string; email: string | null }[]
  contacts: { name: string | null; email: string | null; phoneNumber: string | null }[]
}

async function bookingFor(person: Person, booking: SimulatedBooking): Promise<Shown['booking']> {
  const { data, errors } = await church.ask<Shown>(person, shown, { id: await globalId(booking) })
  expect(errors).toBeUndefined()
  if (!data) throw new Error('no booking')
  return data.booking
}

async function intakeOf(booking: SimulatedBooking, person = church.pastor): Promise<Intake> {
  const answer = await church.ask<{ booking: { intake: Intake } }>(person, sealed, { id: await globalId(booking) })
  if (!answer.data) throw new Error(JSON.stringify(answer.errors))
  return answer.data.booking.intake
}

async function setSensitivity(booking: SimulatedBooking, sensitivity: string, person = church.pastor): Promise<void> {
  const mutation = `mutation($input: SetBookingSensitivityInput!) {
    setBookingSensitivity(input: $input) { booking { sensitivity } } }`
  const input = { bookingId: await globalId(booking), sensitivity }
  expect((await church.ask(person, mutation, { input })).errors).toBeUndefined()
}

async function setAnonymity(booking: SimulatedBooking, isAnonymous: boolean): Promise<unknown> {
  const mutation = `mutation($input: SetBookingAnonymityInput!) {
    setBookingAnonymity(input: $input) { booking { isAnonymous } } }`
  const answer = await church.ask(church.pastor, mutation, {
    input: { bookingId: await globalId(booking), isAnonymous },
  })
  return answer.errors?.[0]?.extensions.code
}

/** Every sensitivity that the log and the change feed have shown for a booking. */
async function allShown(booking: SimulatedBooking): Promise<unknown[]> {
  const { id } = await rowOf(booking)
  const entries = await church.deps.database.auditLog.findMany({
    where: { bookingId: id, action: { startsWith: 'booking.' } },
    orderBy: { id: 'asc' },
  })
  // The metadata of these entries is an object.
  return entries.map(({ metadata }) => (metadata as { sensitivity?: string }).sensitivity).filter(Boolean)
}

/** Every plaintext column of a booking and of its summaries, form responses and deliveries, as one text. */
async function plaintextOf(booking: SimulatedBooking): Promise<string> {
  const { id, userId, eventTypeId } = await rowOf(booking)
  const { database } = church.deps
  const rows = await Promise.all([
    database.booking.findMany({ where: { id }, omit: { encryptedIntakeData: true }, include: { key: true } }),
    database.contextSummary.findMany({ where: { bookingId: id }, omit: { encryptedSummary: true } }),
    database.form.findMany({ where: { userId, eventTypeId } }),
    database.eventType.findMany({ where: { userId, eventTypeId } }),
    database.formResponse.findMany({ where: { bookingId: id }, omit: { encryptedData: true } }),
    database.webhookDelivery.findMany({ where: { bookingId: id }, omit: { sealedBody: true } }),
    database.auditLog.findMany({ where: { bookingId: id } }),
  ])
  return JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
}

async function briefOf(booking: SimulatedBooking): Promise<string> {
  const { id } = await rowOf(booking)
  expect(await generateSummary(church.deps, { bookingId: id, summaryId: newId() })).toBe('written')
  const query = 'query($id: ID!) { booking(id: $id) { contextSummaries { nodes { content { text } } } } }'
  type Answer = { booking: { contextSummaries: { nodes: { content: { text: string } }[] } } }
  const { data } = await church.ask<Answer>(church.pastor, query, { id: await globalId(booking) })
  return data?.booking.contextSummaries.nodes[0]?.content.text ?? ''
}

describe('rescheduling keeps everything that hides a booking:', () => {
  it.each(['BOOKING_RESCHEDULED', 'BOOKING_REQUESTED', 'BOOKING_CREATED'])(
    'HIGH set by the pastor, after %s',
    async (trigger) => {
      const first = projectBooking()
      const second = movedFrom(first)
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
    const second = movedFrom(first)
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
    const second = movedFrom(first)
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
    const second = movedFrom(first, {
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
    const second = movedFrom(first, { notes: severeText })
    const third = movedFrom(second, { notes: 'He beats me.' })
    await post(created(first))
    await setSensitivity(first, 'LOW')
    await post(rescheduled(second, 5))
    expect(await bookingFor(church.pastor, second)).toMatchObject({ sensitivity: 'LOW' })
    await post(rescheduled(third, 9))
    expect(await bookingFor(church.pastor, third)).toMatchObject({ sensitivity: 'HIGH' })
  })

  it('when the new booking arrives first: it is raised when the previous one arrives', async () => {
    const first = projectBooking({ notes: severeText })
    const second = movedFrom(first)
    const third = movedFrom(second)
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
    const second = movedFrom(first)
    const third = movedFrom(second)
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
    for (let left = 4; left > 0; left -= 1) chain.push(movedFrom(chain.at(-1) ?? projectBooking()))
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
    const second = movedFrom(first)
    const lost = movedFrom(second)
    await post(rescheduled(lost, 9))
    expect(await bookingFor(church.admin, lost)).toMatchObject({ sensitivity: 'HIGH' })
    const { rescheduledFrom: _from, ...unnamed } = movedFrom(first)
    await post(rescheduled(unnamed, 9))
    expect(await bookingFor(church.admin, unnamed)).toMatchObject({ sensitivity: 'HIGH' })
  })

  it('after retention has emptied the old booking, from its columns', async () => {
    const first = projectBooking({ notes: severeText })
    await post(created(first))
    await setAnonymity(first, true)
    const { id } = await rowOf(first)
    await church.deps.database.booking.updateMany({ where: { id }, data: { encryptedIntakeData: null } })
    const second = movedFrom(first)
    await post(rescheduled(second))
    expect(await bookingFor(church.admin, second)).toMatchObject({ sensitivity: 'HIGH', isAnonymous: true })
  })

  it('across pastors, but carries texts over only if the church’s own secret signed it', async () => {
    const first = projectBooking({ notes: severeText })
    await post(created(first))
    const moved = movedFrom(first, { pastor: colleague })
    await post(rescheduled(moved))
    expect(await bookingFor(church.otherPastor, moved)).toMatchObject({ sensitivity: 'HIGH' })
    expect((await intakeOf(moved, church.otherPastor)).notes).toBe(severeText)

    // A pastor with their own webhook secret could otherwise claim anyone's booking.
    const secret = projectBooking({ notes: 'only for Paul', answers: [] })
    await post(created(secret))
    const known = movedFrom(secret, { pastor: colleague })
    const unknown = movedFrom({ ...secret, uid: 'uid-of-nobody' }, { pastor: colleague, iCalUid: 'ical-9@x.example' })
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
    const moved = movedFrom(group, { people: [jonas] })
    await post(rescheduled(moved, 5))
    const intake = await intakeOf(moved)
    expect(intake.notes).toContain('I bring cake.')
    expect(JSON.stringify(intake)).not.toMatch(/kill|Maria/)
    // It shows no more than the group booking that Jonas left.
    expect(await bookingFor(church.admin, moved)).toMatchObject({ sensitivity: 'HIGH' })
    const later = movedFrom(moved, { people: [jonas] })
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
      const second = movedFrom(first, { answers: [{ slug: 'how', label: 'How?', value: 'by bus' }] })
      const third = movedFrom(second, { notes: 'the third' })
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

describe('a plaintext column stores', () => {
  const eventTypeOf = (id: number, overrides: Record<string, unknown>) => ({
    ...projectBooking().eventType,
    id,
    ...overrides,
  })
  const anna = personNamed('Anna', 'Schmidt')

  it('no attendee’s name as the event type, its slug or its description', async () => {
    const eventType = eventTypeOf(701, {
      title: 'Private Counsel between Anna Schmidt and Paul',
      slug: 'Private Counsel between Anna Schmidt and Paul',
      description: 'For ánna.schmidt@people.example only',
    })
    for (const notes of [severeText, 'A talk.']) {
      const booking = projectBooking({ eventType, people: [anna], notes })
      await post(created(booking))
      const row = await rowOf(booking)
      expect(row).toMatchObject({ eventTypeTitle: null, eventTypeSlug: null, description: null })
      expect(row.redactedDescription).not.toContain('Anna')
      expect((await bookingFor(church.admin, booking)).title).toBe('Appointment')
      if (notes === severeText) {
        await briefOf(booking)
        expect(await plaintextOf(booking)).not.toMatch(/anna|schmidt/i)
      }
    }
  })

  it.each([
    ['annaschmidt', 'squeezed'],
    ['talk-with-anna', 'a part of a name'],
    ['call-49170123456', 'a number'],
    ['schmidt-anna', 'turned round'],
    ['ANNA SCHMIDT', 'no slug at all'],
    ['I-want-to-talk', 'capitals'],
  ])('no slug %s: %s', async (slug) => {
    const booking = projectBooking({
      eventType: eventTypeOf(projectBooking().bookingId, { slug, title: '' }),
      people: [anna],
    })
    await post(created(booking, 0, { responses: { attendeePhoneNumber: { label: 'phone', value: '+49 170 123456' } } }))
    expect(await rowOf(booking)).toMatchObject({ eventTypeSlug: null, eventTypeTitle: null })
  })

  it('the first name that passes, which later payloads don’t change', async () => {
    const id = 702
    const named = (title: string) =>
      projectBooking({ eventType: eventTypeOf(id, { title, slug: 'first-talk' }), people: [anna] })
    const [hidden, first, later] = [named('Anna’s talk'), named('First talk'), named('Anything else')]
    for (const booking of [hidden, first, later]) await post(created(booking))
    expect((await rowOf(hidden)).eventTypeTitle).toBeNull()
    expect((await rowOf(first)).eventTypeTitle).toBe('First talk')
    expect((await rowOf(later)).eventTypeTitle).toBe('First talk')
  })

  it('a time zone only if it is valid, for the attendee and the organizer', async () => {
    const booking = projectBooking({
      people: [{ ...anna, timeZone: 'Anna wants to be alone' }],
      pastor: { ...pastor, timeZone: 'Anna Schmidt/Berlin' },
      notes: severeText,
    })
    await post(created(booking))
    const row = await rowOf(booking)
    expect(row.timeZone).toBeNull()
    expect(row.metadata).toMatchObject({ organizerTimeZone: null })
    expect(await plaintextOf(booking)).not.toMatch(/anna/i)
  })

  it('a location only if it isn’t free text and names nobody', async () => {
    const links = [
      ['https://meet.example/anna-schmidt', 'integrations:daily'],
      ['https://x.example/I-want-to-be-alone', ''],
      ['Room of Anna Schmidt', 'inPerson'],
    ]
    for (const [text, kind] of links) {
      const booking = projectBooking({ people: [anna] })
      const responses = { location: { label: 'location', value: { value: kind, optionValue: '' } } }
      await post(created(booking, 0, { location: text, metadata: {}, responses }))
      expect(['Video call', 'In person']).toContain((await rowOf(booking)).location)
      expect(JSON.stringify(await intakeOf(booking))).toContain(text)
    }
  })

  it('no free text as the trigger or organizer of a delivery', async () => {
    const booking = projectBooking({ people: [anna] })
    const organizer = { id: 'Anna Schmidt', username: 'anna-schmidt', email: 'I want to kill myself', name: 'x' }
    await post(created(booking, 0, { organizer }))
    await post({
      triggerEvent: 'ANNA_SCHMIDT_WANTS_TO_DIE',
      createdAt: at(0),
      payload: { uid: 'Anna Schmidt is here' },
    })
    const deliveries = await church.deps.database.webhookDelivery.findMany({ omit: { sealedBody: true } })
    expect(JSON.stringify(deliveries)).not.toMatch(/schmidt|kill|wants/i)
    const { text } = await church.ask(
      church.admin,
      '{ webhookDeliveries(first: 100) { nodes { trigger organizer } } auditLogs(first: 100) { nodes { metadata { name value } } } }',
    )
    expect(text).not.toMatch(/schmidt|kill|wants/i)
  })

  it('no form question that names an attendee', async () => {
    const answers = [
      { slug: 'why', label: 'Anna Schmidt, why do you come?', value: 'So.' },
      { slug: 'anna-schmidt', label: 'Whom?', value: 'Me.' },
    ]
    const booking = projectBooking({
      eventType: eventTypeOf(703, { title: 'Any talk' }),
      people: [anna],
      answers,
      notes: severeText,
    })
    await post(created(booking))
    expect(await plaintextOf(booking)).not.toMatch(/anna|schmidt/i)
    expect((await intakeOf(booking)).answers).toMatchObject([{ values: ['So.'] }, { values: ['Me.'] }])
  })
})

describe('every text that an attendee can type', () => {
  const location = (value: unknown) => ({ responses: { location: { label: 'location', value } } })
  it.each([
    ['a place that was chosen', location({ value: 'inPerson', optionValue: `My house. ${severeText}` })],
    ['the kind of a place', location({ value: severeText, optionValue: '' })],
    ["a plain text beside an integration's place", location(`My house. ${severeText}`)],
    ['a place of another shape', location([{ value: { text: severeText } }])],
    ['a place itself', { location: severeText }],
    ['a name', { attendees: [{ name: severeText, email: 'a@people.example' }] }],
    ['a name in the form', { responses: { name: { value: { firstName: 'Anna', lastName: severeText } } } }],
    [
      'a first name beside the name',
      { attendees: [{ name: 'Anna', firstName: severeText, email: 'a@people.example' }] },
    ],
    ['an address', { attendees: [{ name: 'Anna', email: 'i.want.to.kill.myself@people.example' }] }],
    ['an address in the form', { responses: { email: { value: severeText } } }],
    ['guests', { responses: { guests: { value: ['a@people.example', severeText] } } }],
    ['guests of another shape', { responses: { guests: { value: [{ who: { text: severeText } }] } } }],
    ['why it was cancelled', { cancellationReason: severeText }],
    ['why it was refused, as an object', { rejectionReason: { text: severeText } }],
    ['why it is moved', { responses: { rescheduleReason: { label: 'r', value: severeText } } }],
    ['why it is moved, at the top', { rescheduleReason: severeText }],
    ['the title', { title: `Talk: ${severeText}` }],
    ['a question', { responses: { q: { label: severeText, value: true } } }],
    ['a key', { responses: { [severeText]: true } }],
    ['answers that are a list', { responses: [{ slug: 'q', value: severeText }] }],
    ['answers that are a text', { responses: severeText }],
    [
      'an answer that is deeply nested',
      { userFieldsResponses: { q: { value: { a: [{ b: { c: { [severeText]: 1 } } }] } } } },
    ],
    ['an answer beside the value', { responses: { q: { label: 'q', value: 'x', other: severeText } } }],
    ['a hidden field', { responses: { q: { label: 'q', value: severeText, isHidden: true } } }],
    ['metadata', { metadata: { note: severeText } }],
    ['custom inputs that are a list', { customInputs: [{ label: 'q', value: severeText }] }],
    ['words that are put apart by invisible characters', { additionalNotes: 'I want to kill my\u200bself' }],
  ])('is classified, and reaches the pastor: %s', async (_name, details) => {
    const booking = projectBooking({ notes: '', answers: [] })
    await post(created(booking, 0, details))
    expect(await bookingFor(church.admin, booking)).toMatchObject({ sensitivity: 'HIGH', attendees: null })
    const intake = JSON.stringify(await intakeOf(booking)).replaceAll('\u200b', '')
    expect(intake).toMatch(/want.to.kill.myself/)
    expect(await plaintextOf(booking)).not.toMatch(/kill/)
  })

  it('is stored, even with three different notes', async () => {
    const booking = projectBooking({ answers: [] })
    const details = {
      description: 'The second note.',
      additionalNotes: 'The first note.',
      responses: { notes: { label: 'additional_notes', value: 'The third note.' } },
    }
    await post(created(booking, 0, details))
    expect((await intakeOf(booking)).notes).toMatch(/first note\.\s+The second note\.\s+The third note/)
  })
})

describe('an attendee without an email address', () => {
  const digits = '491701234567'
  const byPhone = { name: 'Ruth', email: `${digits}@sms.cal.com`, phoneNumber: null, timeZone: 'Europe/Berlin' }

  it.each(['LOW', 'MEDIUM', 'HIGH'])('shows a phone number to the owner only, at %s', async (sensitivity) => {
    const booking = projectBooking({ notes: '', answers: [] })
    const title = `Care Talk between Pastor Paul and +${digits}`
    const details = { attendees: [byPhone], responses: { email: { value: byPhone.email } }, title }
    await post(created(booking, 0, details))
    await setSensitivity(booking, sensitivity)
    await briefOf(booking)
    expect(await plaintextOf(booking)).not.toMatch(/1701234567|sms\.cal/)
    for (const person of [church.admin, church.pastor]) {
      expect(JSON.stringify(await bookingFor(person, booking))).not.toMatch(/1701234567|sms\.cal/)
    }
    expect(await intakeOf(booking)).toMatchObject({
      attendees: [{ name: 'Ruth', email: null }],
      contacts: [{ name: 'Ruth', email: null, phoneNumber: `+${digits}` }],
    })
  })

  it('and without a name has none in plaintext either', async () => {
    const booking = projectBooking({ notes: '', answers: [] })
    const attendees = [
      { name: `+${digits}`, email: `+${digits}@sms.cal.com` },
      { name: null, email: `${digits}1@eu.sms.cal.com` },
    ]
    await post(created(booking, 0, { attendees, responses: {}, title: 'Care Talk' }))
    expect((await rowOf(booking)).attendeeNames).toEqual(['Guest', 'Guest'])
    expect(await plaintextOf(booking)).not.toMatch(/1701234567|sms\.cal/)
  })

  it('is shown to the pastor by phone number', async () => {
    const booking = projectBooking({ notes: '', answers: [] })
    const attendees = [{ name: 'Ruth', email: null, phoneNumber: '+49 30 123456' }]
    await post(
      created(booking, 0, { attendees, responses: { smsReminderNumber: { label: 'x', value: '+49 30 999999' } } }),
    )
    expect((await intakeOf(booking)).contacts).toEqual([
      { name: 'Ruth', email: null, phoneNumber: '+49 30 123456' },
      { name: null, email: null, phoneNumber: '+49 30 999999' },
    ])
    expect(await plaintextOf(booking)).not.toMatch(/123456|999999/)
  })

  it('is listed as a person of the booking if only the answers identify them', async () => {
    const booking = projectBooking({ notes: '', answers: [] })
    const responses = {
      name: { value: 'Ruth Stein' },
      email: { value: 'ruth@people.example' },
      guests: { value: ['boaz@people.example', `${digits}@sms.cal.com`] },
      attendeePhoneNumber: { value: '+49 30 123456' },
    }
    await post(created(booking, 0, { attendees: [], responses, title: 'Care Talk' }))
    expect((await intakeOf(booking)).contacts).toEqual([
      { name: 'Ruth Stein', email: 'ruth@people.example', phoneNumber: '+49 30 123456' },
      { name: null, email: 'boaz@people.example', phoneNumber: null },
      { name: null, email: null, phoneNumber: `+${digits}` },
    ])
    expect((await bookingFor(church.pastor, booking)).attendeeCount).toBe(3)
    expect(await plaintextOf(booking)).not.toMatch(/123456|1701234567/)
  })
})
