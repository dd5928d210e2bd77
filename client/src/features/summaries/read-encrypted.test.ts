import { expect, test } from 'vitest'
import { textsOfIntake } from './read-encrypted.ts'

type Intake = Parameters<typeof textsOfIntake>[0]

const intake = (overrides: Partial<Intake> = {}): Intake => ({
  notes: null,
  answers: [],
  attendees: [{ name: 'Miriam Halloway', email: 'miriam@people.example', timeZone: null }],
  contacts: [{ name: 'Miriam Halloway', email: 'miriam@people.example', phoneNumber: null }],
  location: null,
  cancellationReason: null,
  rejectionReason: null,
  ...overrides,
})
const mail = { label: 'miriam@people.example', href: 'mailto:miriam@people.example' }

test('an intake links the attendees’ addresses, each once', () => {
  expect(textsOfIntake(intake()).answers).toEqual([
    { label: 'Attendee', values: [{ name: 'Miriam Halloway', links: [mail] }] },
  ])
})

test('an intake links phone numbers, and shows an address that encodes one as a number', () => {
  const { answers } = textsOfIntake(
    intake({
      attendees: [{ name: 'Miriam Halloway', email: null, timeZone: null }],
      contacts: [
        { name: 'Miriam Halloway', email: null, phoneNumber: '+49 170 1234567' },
        { name: null, email: '491709876543@sms.cal.com', phoneNumber: null },
      ],
    }),
  )
  expect(answers).toContainEqual({
    label: 'Contact',
    values: [
      { name: 'Miriam Halloway', links: [{ label: '+49 170 1234567', href: 'tel:+491701234567' }] },
      { name: null, links: [{ label: '+491709876543', href: 'tel:+491709876543' }] },
    ],
  })
})

test('an intake shows a second number of somebody whose address is shown above', () => {
  const attendee = { name: 'Miriam Halloway', email: 'miriam@people.example', phoneNumber: '+49 170 1234567' }
  expect(textsOfIntake(intake({ contacts: [attendee] })).answers.map(({ label }) => label)).toEqual([
    'Attendee',
    'Contact',
  ])
})
