import { describe, expect, it } from 'vitest'
import { personNamed } from '../support/cal.ts'
import {
  at,
  bookingFor,
  briefOf,
  church,
  created,
  intakeOf,
  pastor,
  plaintextOf,
  post,
  projectBooking,
  rowOf,
  severeText,
  useChurch,
} from './private-bookings.ts'

useChurch()

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
    ['schmidt-anna', 'reversed'],
    ['ANNA SCHMIDT', 'not a slug'],
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
