import { describe, expect, test } from 'vitest'
import { inputOf, type Policy, valuesOf, zonesWith } from './model.ts'

const policy: Policy = {
  id: 'p',
  maxMeetingsPerDay: 3,
  maxMeetingsPerWeek: 12,
  bufferTimeMinutes: 0,
  quietHours: { start: '21:00', end: '06:00', timezone: 'America/New_York', enabled: true },
  workingHours: null,
}

const formOf = (fields: Readonly<Record<string, string | readonly string[]>>) => {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) form.append(name, value)
  return form
}
const typed = {
  maxMeetingsPerDay: '4',
  maxMeetingsPerWeek: '20',
  bufferTimeMinutes: '10',
  timezone: 'Europe/Berlin',
  'workingHours.start': '09:00',
  'workingHours.end': '17:00',
  'quietHours.start': '22:00',
  'quietHours.end': '07:00',
}

describe('the policy form', () => {
  test('starts with defaults in the viewer’s own time zone if nothing is set', () => {
    expect(valuesOf(null, 'Europe/Berlin')).toMatchObject({
      maxMeetingsPerDay: 8,
      timezone: 'Europe/Berlin',
      working: { enabled: false, start: '09:00' },
      quiet: { enabled: false },
    })
  })

  test('starts with the current policy, in its time zone', () => {
    expect(valuesOf(policy, 'Europe/Berlin')).toMatchObject({
      maxMeetingsPerDay: 3,
      bufferTimeMinutes: 0,
      timezone: 'America/New_York',
      quiet: { enabled: true, start: '21:00' },
    })
  })

  test('becomes the API’s input', () => {
    const form = formOf({
      ...typed,
      'workingHours.enabled': 'on',
      'workingHours.days': ['MONDAY', 'FRIDAY', 'nonsense'],
    })
    expect(inputOf(form)).toEqual({
      maxMeetingsPerDay: 4,
      maxMeetingsPerWeek: 20,
      bufferTimeMinutes: 10,
      workingHours: {
        start: '09:00',
        end: '17:00',
        timezone: 'Europe/Berlin',
        enabled: true,
        days: ['MONDAY', 'FRIDAY'],
      },
      quietHours: { start: '22:00', end: '07:00', timezone: 'Europe/Berlin', enabled: false },
    })
  })

  test('sends no working hours if they are off and no day is selected', () => {
    expect(inputOf(formOf(typed)).workingHours).toBeNull()
    expect(inputOf(formOf({ ...typed, 'workingHours.enabled': 'on' })).workingHours).toMatchObject({ days: [] })
  })

  test('offers the policy’s time zone even if the browser does not know it', () => {
    expect(zonesWith('Somewhere/Else')).toContain('Somewhere/Else')
    expect(zonesWith('Europe/Berlin').filter((zone) => zone === 'Europe/Berlin')).toHaveLength(1)
  })
})
