import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventIn, sample } from '../../../../test/support/cal.ts'
import { calEventSchema } from '../lifecycle/cal-event.model.ts'
import { parseDelivery } from './cal-payload.model.ts'

const booking = (fields: Record<string, unknown>) =>
  eventIn({ triggerEvent: 'BOOKING_CREATED', createdAt: '2026-08-20T08:00:00Z', payload: { uid: 'u', ...fields } })

describe('a booking payload', () => {
  test('is parsed from the sample in the docs', () => {
    expect(eventIn(sample('BOOKING_RESCHEDULED'))).toMatchObject({
      kind: 'booking',
      trigger: 'BOOKING_RESCHEDULED',
      createdAt: '2024-01-01T10:00:00.000Z',
      sequence: 1,
      uid: 'new-booking-unique-id',
      calBookingId: 201,
      rescheduledFromUid: 'previous-booking-unique-id',
      status: 'ACCEPTED',
      organizer: { id: '1', username: 'organizer-handle', email: 'organizer@example.com' },
      eventTypeId: 100,
      eventTypeTitle: 'Strategy Session',
      eventTypeDescription: null,
      startTime: '2024-01-10T14:30:00.000Z',
      isSeated: false,
      notes: 'Standard meeting notes placeholder',
      attendees: [{ name: 'Guest User' }, { name: 'Additional Guest' }],
      answers: [],
    })
  })

  test('nested too deeply is parsed without the nested content', () => {
    const deep = `${'['.repeat(20_000)}"x"${']'.repeat(20_000)}`
    const body = `{"triggerEvent":"BOOKING_CREATED","payload":{"uid":"u","location":${deep}}}`
    expect(parseDelivery(body)).toMatchObject({ kind: 'event', event: { uid: 'u', place: null } })
    const inObjects = `${'{"value":'.repeat(20_000)}"x"${'}'.repeat(20_000)}`
    expect(parseDelivery(body.replace(deep, inObjects))).toMatchObject({ kind: 'event', event: { place: null } })
  })

  test('contains no call secret, token or calendar file', () => {
    const secret = 'TOP-SECRET'
    const event = booking({
      videoCallData: { type: 'zoom', id: secret, password: secret, url: 'https://video.example/room' },
      oneTimePassword: secret,
      attendeeIcsContent: secret,
      organizerIcsContent: secret,
      conferenceData: { createRequest: { requestId: secret } },
      hashedLink: secret,
      destinationCalendar: [{ credentialId: secret }],
      metadata: { videoCallUrl: 'https://video.example/room', token: secret },
      references: [{ meetingPassword: secret }],
    })
    expect(JSON.stringify(event)).not.toContain(secret)
  })

  test.each([
    ['2024-01-04T10:00:00+00:00', '2024-01-04T10:00:00.000Z'],
    ['2024-01-04T10:00:00.000Z', '2024-01-04T10:00:00.000Z'],
    ['2024-01-04T10:00:00Z', '2024-01-04T10:00:00.000Z'],
    ['2024-01-04T12:00:00+02:00', '2024-01-04T10:00:00.000Z'],
    ['2024-01-04T10:00:00', '2024-01-04T10:00:00.000Z'],
    [1_704_362_400_000, '2024-01-04T10:00:00.000Z'],
    [null, null],
  ])('parses the time %j as %j', (startTime, expected) => {
    expect(booking({ startTime })).toMatchObject({ startTime: expected })
  })

  test.each(['soon', '0001-01-01T00:00:00Z'])(
    'with the start time %j is unreadable; as an end time it is null',
    (time) => {
      const payload = { uid: 'u', startTime: time }
      expect(parseDelivery(JSON.stringify({ triggerEvent: 'BOOKING_CREATED', payload })).kind).toBe('unreadable')
      expect(booking({ endTime: time })).toMatchObject({ endTime: null })
    },
  )

  test.each([
    [{ label: 'Why?', value: 'because' }, ['because']],
    [{ label: 'Why?', value: ['a', 'b'] }, ['a', 'b']],
    [{ label: 'Why?', value: { value: 'phone', optionValue: '+49 1' } }, ['+49 1']],
    [{ label: 'Why?', value: { value: 'inPerson', optionValue: '' } }, ['inPerson']],
    [{ label: 'Why?', value: true }, ['Yes']],
    [{ label: 'Why?', value: 7 }, ['7']],
    [{ label: 'Why?', value: { firstName: 'Ruth', lastName: 'Osei' } }, ['Ruth Osei']],
    [{ label: 'Why?' }, []],
    [{ value: null }, []],
    ['just text', ['just text']],
  ])('parses the answer %j as %j', (why, values) => {
    expect(booking({ userFieldsResponses: { why } })).toMatchObject({
      answers: [{ slug: 'why', values, isCustom: true }],
    })
  })

  test('of an older Cal.com, without userFieldsResponses, has its own questions among the others', () => {
    const responses = {
      name: { value: 'Ruth' },
      rescheduleReason: { value: 'ill' },
      why: { label: 'Why?', value: 'because' },
    }
    expect(booking({ responses, customInputs: { 'How old?': '40' } })).toMatchObject({
      answers: [
        // The only attendee with this name.
        { slug: 'name', isCustom: false },
        { slug: 'rescheduleReason', isCustom: false },
        { slug: 'why', isCustom: true },
        { slug: 'How old?', values: ['40'], isCustom: true },
      ],
    })
  })

  test('without iCalSequence, organizer and attendees is still a booking', () => {
    expect(booking({ organizer: null, attendees: null, iCalSequence: null })).toMatchObject({
      sequence: null,
      organizer: null,
      attendees: [],
    })
  })
})

describe('a meeting', () => {
  const flat = sample('MEETING_STARTED')

  test('is parsed in flat form, and its createdAt, the booking’s, is not used for ordering', () => {
    expect(eventIn(flat)).toMatchObject({
      kind: 'meeting',
      uid: 'unique-booking-identifier',
      calBookingId: 100,
      organizer: { id: '10', email: 'organizer@example.com', username: 'organizer-handle' },
    })
    expect(eventIn(flat)).not.toHaveProperty('createdAt')
  })

  test('is the same in wrapped form', () => {
    const { triggerEvent, ...payload } = flat as Record<string, unknown> // the sample is an object; `payload` is not in it
    expect(eventIn({ triggerEvent, createdAt: '2030-01-01T00:00:00Z', payload })).toEqual(eventIn(flat))
  })
})

test('visitor input at the root of a form is never mistaken for a trigger', () => {
  const parsed = parseDelivery(JSON.stringify({ ...sample('FORM_SUBMITTED'), triggerEvent: 'My husband hits me' }))
  expect(parsed).toEqual({ kind: 'unreadable', trigger: 'UNREADABLE', createdAt: null })
})

test('no input makes it throw, and its output matches its type', () => {
  const names = [
    'uid',
    'bookingId',
    'startTime',
    'endTime',
    'attendees',
    'responses',
    'userFieldsResponses',
    'organizer',
    'location',
    'metadata',
    'iCalSequence',
    'length',
    'status',
    'title',
    'customInputs',
    'user',
    'videoCallData',
    'seatsPerTimeSlot',
    'additionalNotes',
  ]
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('\0', '\ud800', '', 'NaN', -1, 2 ** 40, 1e300, '2024-01-01T00:00:00Z', [null], {}),
  )
  const payload = fc.dictionary(fc.constantFrom(...names), odd)
  const triggers = ['BOOKING_CREATED', 'BOOKING_CANCELLED', 'MEETING_ENDED', 'BOOKING_NO_SHOW_UPDATED', 'PING', 'ELSE']
  fc.assert(
    fc.property(fc.constantFrom(...triggers), odd, payload, (triggerEvent, createdAt, fields) => {
      const parsed = parseDelivery(JSON.stringify({ triggerEvent, createdAt, payload: { uid: 'u', ...fields } }))
      if (parsed.kind === 'event') expect(calEventSchema.parse(parsed.event)).toEqual(parsed.event)
    }),
    { numRuns: 2_000 },
  )
  fc.assert(fc.property(fc.string(), (body) => void parseDelivery(body)))
})
