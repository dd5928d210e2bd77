import { describe, expect, it } from 'vitest'
import {
  bookingFor,
  briefOf,
  church,
  created,
  intakeOf,
  plaintextOf,
  post,
  projectBooking,
  rowOf,
  setSensitivity,
  severeText,
  useChurch,
} from './private-bookings.ts'

useChurch()

describe('every text that an attendee can type', () => {
  const location = (value: unknown) => ({ responses: { location: { label: 'location', value } } })
  it.each([
    ['a chosen location', location({ value: 'inPerson', optionValue: `My house. ${severeText}` })],
    ['the type of a location', location({ value: severeText, optionValue: '' })],
    ["plain text beside an integration's location", location(`My house. ${severeText}`)],
    ['a location of another shape', location([{ value: { text: severeText } }])],
    ['a location as a string', { location: severeText }],
    ['a name', { attendees: [{ name: severeText, email: 'a@people.example' }] }],
    ['a name among the answers', { responses: { name: { value: { firstName: 'Anna', lastName: severeText } } } }],
    ['a separate first name', { attendees: [{ name: 'Anna', firstName: severeText, email: 'a@people.example' }] }],
    ['an address', { attendees: [{ name: 'Anna', email: 'i.want.to.kill.myself@people.example' }] }],
    ['an email address among the answers', { responses: { email: { value: severeText } } }],
    ['guests', { responses: { guests: { value: ['a@people.example', severeText] } } }],
    ['guests of another shape', { responses: { guests: { value: [{ who: { text: severeText } }] } } }],
    ['the cancellation reason', { cancellationReason: severeText }],
    ['the rejection reason, as an object', { rejectionReason: { text: severeText } }],
    ['the reschedule reason', { responses: { rescheduleReason: { label: 'r', value: severeText } } }],
    ['the reschedule reason, at the top level', { rescheduleReason: severeText }],
    ['the title', { title: `Talk: ${severeText}` }],
    ['a question', { responses: { q: { label: severeText, value: true } } }],
    ['a key', { responses: { [severeText]: true } }],
    ['answers as a list', { responses: [{ slug: 'q', value: severeText }] }],
    ['answers as a string', { responses: severeText }],
    ['a deeply nested answer', { userFieldsResponses: { q: { value: { a: [{ b: { c: { [severeText]: 1 } } }] } } } }],
    ['an answer outside `value`', { responses: { q: { label: 'q', value: 'x', other: severeText } } }],
    ['a hidden field', { responses: { q: { label: 'q', value: severeText, isHidden: true } } }],
    ['metadata', { metadata: { note: severeText } }],
    ['custom inputs as a list', { customInputs: [{ label: 'q', value: severeText }] }],
    ['words split by invisible characters', { additionalNotes: 'I want to kill my\u200bself' }],
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
