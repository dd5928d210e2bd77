import { describe, expect, test } from 'vitest'
import { hoursOf } from './calendar/week-hours.ts'
import { attendeeNames, bookingPath, headingOf, locationOf, nextBooking } from './model.ts'
import { sampleBooking } from './sample-booking.ts'

describe('the next booking', () => {
  const now = new Date('2026-11-24T14:10:00Z')
  const running = sampleBooking({ id: 'running' })
  const later = sampleBooking({
    id: 'later',
    startTime: '2026-11-24T16:00:00.000Z',
    endTime: '2026-11-24T17:00:00.000Z',
  })

  test('is the one in progress', () => {
    expect(nextBooking([running, later], now)?.id).toBe('running')
  })

  test('is not one that is over, cancelled, declined or moved away', () => {
    const ended = sampleBooking({ endTime: '2026-11-24T14:10:00.000Z' })
    const inactive = (['CANCELLED', 'REJECTED', 'RESCHEDULED'] as const).map((status) => sampleBooking({ status }))
    expect(nextBooking([ended, ...inactive, later], now)?.id).toBe('later')
  })

  test('may still be unconfirmed', () => {
    expect(nextBooking([sampleBooking({ status: 'PENDING' })], now)).not.toBeNull()
  })

  test('is null when no meeting is active', () => {
    expect(nextBooking([], now)).toBeNull()
  })
})

describe('a heading', () => {
  test('names the attendees for the pastor', () => {
    expect(headingOf(sampleBooking(), true)).toEqual({ first: 'Miriam Halloway', second: 'Pastoral conversation' })
  })

  test('of an encrypted booking names nobody', () => {
    expect(attendeeNames(sampleBooking({ attendees: null }))).toBe('Private')
    expect(attendeeNames(sampleBooking({ attendees: null, attendeeCount: 2 }))).toBe('Private, 2 people')
  })

  test('of several people stays short', () => {
    const attendees = ['Ada', 'Ben', 'Cleo'].map((name) => ({ name }))
    expect(attendeeNames(sampleBooking({ attendees: attendees.slice(0, 2) }))).toBe('Ada and Ben')
    expect(attendeeNames(sampleBooking({ attendees }))).toBe('Ada and 2 others')
  })

  test('for an admin shows the title, the pastor, and the number of attendees', () => {
    const redacted = sampleBooking({ attendees: null, isRedacted: true, attendeeCount: 2 })
    expect(headingOf(redacted, false)).toEqual({ first: 'Pastoral conversation', second: 'Ruth Adler with 2 people' })
  })
})

describe('a location', () => {
  test.each([
    ['https://meet.example.org/abc', { label: 'Video call, meet.example.org', href: 'https://meet.example.org/abc' }],
    ['integrations:daily', { label: 'Video call, Cal Video', href: null }],
    ['integrations:zoom', { label: 'Video call, zoom', href: null }],
    ['attendeeInPerson', { label: 'In person', href: null }],
    ['  Vestry ', { label: 'Vestry', href: null }],
    ['javascript:alert(1)', { label: 'javascript:alert(1)', href: null }],
    ['https://', { label: 'https://', href: null }],
    ['', null],
    [null, null],
  ])('%s becomes text, and a link only over http', (location, expected) => {
    expect(locationOf(location)).toEqual(expected)
  })
})

test('the week view covers the earliest and the latest booking', () => {
  const local = (hour: number, minute = 0, day = 24) => new Date(2026, 10, day, hour, minute).toISOString()
  expect(hoursOf([])).toEqual({ from: '08:00', to: '18:00' })
  expect(hoursOf([{ startTime: local(6, 30), endTime: local(7) }])).toEqual({ from: '06:00', to: '18:00' })
  expect(hoursOf([{ startTime: local(19), endTime: local(20, 30) }])).toEqual({ from: '08:00', to: '21:00' })
  expect(hoursOf([{ startTime: local(23), endTime: local(0, 30, 25) }])).toEqual({ from: '08:00', to: '24:00' })
})

test('a panel’s path supports every character in an id', () => {
  expect(decodeURIComponent(bookingPath('Qm9v/a2lu+Zw==').replace('/bookings/', ''))).toBe('Qm9v/a2lu+Zw==')
})
