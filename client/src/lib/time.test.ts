import { describe, expect, test, vi } from 'vitest'
import {
  addDays,
  formatAgo,
  formatCountdown,
  formatDay,
  formatElsewhere,
  formatLength,
  formatNearDate,
  formatTimeRange,
  startOfWeek,
} from './time.ts'

// Before time.ts is loaded: it reads the user's language and time zone once.
vi.hoisted(() => {
  process.env.TZ = 'Europe/Berlin'
  vi.stubGlobal('navigator', { languages: ['en-GB'] })
})

const at = (text: string) => new Date(text)

describe('a countdown', () => {
  const [start, end] = [at('2026-11-24T14:00:00Z'), at('2026-11-24T14:45:00Z')]
  test.each([
    ['2026-11-24T13:35:00Z', 'in 25 min'],
    ['2026-11-24T11:55:00Z', 'in 2 h 5 min'],
    ['2026-11-24T12:00:00Z', 'in 2 h'],
    ['2026-11-21T14:00:00Z', 'in 3 days'],
    ['2026-11-24T13:59:30Z', 'in a moment'],
    ['2026-11-24T14:33:00Z', 'now, 12 min left'],
    ['2026-11-24T14:44:50Z', 'now, 1 min left'],
    ['2026-11-24T14:45:00Z', 'over'],
  ])('at %s says "%s"', (now, expected) => {
    expect(formatCountdown(start, end, at(now))).toBe(expected)
  })
})

describe('a day', () => {
  const now = at('2026-11-24T22:30:00Z')
  test.each([
    ['2026-11-24T00:00:00Z', 'Today'],
    ['2026-11-24T23:30:00Z', 'Tomorrow'],
    ['2026-11-23T12:00:00Z', 'Yesterday'],
    ['2026-11-27T12:00:00Z', 'Friday'],
    ['2026-12-01T12:00:00Z', 'Tue 1 Dec'],
    ['2027-01-05T12:00:00Z', 'Tue, 5 Jan 2027'],
  ])('%s is "%s" from a Tuesday night', (moment, expected) => {
    expect(formatDay(at(moment), now).replace(',', '')).toBe(expected.replace(',', ''))
  })

  test('shows the year only if it is another one', () => {
    expect(formatNearDate(at('2026-03-02T12:00:00Z'), now)).not.toContain('2026')
    expect(formatNearDate(at('2025-03-02T12:00:00Z'), now)).toContain('2025')
  })

  test('is counted across the change to summer time', () => {
    const saturday = new Date(2026, 2, 28)
    expect(addDays(saturday, 2)).toEqual(new Date(2026, 2, 30))
    expect(formatDay(new Date(2026, 2, 29, 0, 30), new Date(2026, 2, 28, 23, 30))).toBe('Tomorrow')
  })

  test('belongs to the week of the Monday before it, Sunday too', () => {
    expect(startOfWeek(new Date(2026, 10, 29, 23))).toEqual(new Date(2026, 10, 23))
    expect(startOfWeek(new Date(2026, 10, 23))).toEqual(new Date(2026, 10, 23))
  })
})

describe('another person’s local time', () => {
  const [start, end] = [at('2026-11-24T14:00:00Z'), at('2026-11-24T14:45:00Z')]

  test('is shown if it differs', () => {
    expect(formatElsewhere(start, end, 'America/New_York')).toBe(
      `${formatTimeRange(start, end, 'America/New_York')} in New York`,
    )
  })

  test('is omitted if it is the same, also under another name', () => {
    expect(formatElsewhere(start, end, 'Europe/Berlin')).toBeNull()
    expect(formatElsewhere(start, end, 'Europe/Vienna')).toBeNull()
  })

  test('shows the day if it is another one', () => {
    const late = at('2026-11-24T23:30:00Z')
    expect(formatElsewhere(late, end, 'Pacific/Auckland')).toBe(
      `${formatTimeRange(late, end, 'Pacific/Auckland')} in Auckland`,
    )
    expect(formatElsewhere(late, end, 'America/Los_Angeles')).toMatch(/^Tue, /)
  })

  test('is omitted if the time zone is missing or unknown to the browser', () => {
    expect(formatElsewhere(start, end, null)).toBeNull()
    expect(formatElsewhere(start, end, 'Mars/Olympus_Mons')).toBeNull()
  })
})

test('lengths and ages use the two most significant units', () => {
  expect(formatLength(45 * 60_000)).toBe('45 min')
  expect(formatLength(90 * 60_000)).toBe('1 h 30 min')
  expect(formatLength(26 * 3_600_000)).toBe('1 day')
  expect(formatAgo(at('2026-11-24T14:00:00Z'), at('2026-11-24T14:00:40Z'))).toBe('just now')
  expect(formatAgo(at('2026-11-24T14:00:00Z'), at('2026-11-24T14:05:00Z'))).toBe('5 min ago')
})
