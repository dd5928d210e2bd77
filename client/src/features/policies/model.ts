import type { CreateSchedulingPolicyInput, PolicyFragment, Weekday } from '../../gql/graphql.ts'

/** How many meetings a pastor takes, and when. */
export type Policy = PolicyFragment

/** The labels of weekdays, in order. */
export const weekdayLabels: Readonly<Record<Weekday, string>> = {
  MONDAY: 'Monday',
  TUESDAY: 'Tuesday',
  WEDNESDAY: 'Wednesday',
  THURSDAY: 'Thursday',
  FRIDAY: 'Friday',
  SATURDAY: 'Saturday',
  SUNDAY: 'Sunday',
}

/** Narrows a form value to a weekday. */
export const isWeekday = (text: unknown): text is Weekday =>
  typeof text === 'string' && Object.hasOwn(weekdayLabels, text)

/** The initial form values: the current policy, or defaults. */
export type PolicyValues = Readonly<{
  maxMeetingsPerDay: number
  maxMeetingsPerWeek: number
  bufferTimeMinutes: number
  timezone: string
  working: Readonly<{ enabled: boolean; start: string; end: string; days: readonly Weekday[] }>
  quiet: Readonly<{ enabled: boolean; start: string; end: string }>
}>

/** The values of a policy in its time zone, or in `ownZone` if it has none. */
export function valuesOf(policy: Policy | null, ownZone: string): PolicyValues {
  const working = policy?.workingHours ?? null
  const quiet = policy?.quietHours ?? null
  return {
    maxMeetingsPerDay: policy?.maxMeetingsPerDay ?? 8,
    maxMeetingsPerWeek: policy?.maxMeetingsPerWeek ?? 40,
    bufferTimeMinutes: policy?.bufferTimeMinutes ?? 15,
    timezone: working?.timezone ?? quiet?.timezone ?? ownZone,
    working: working ?? {
      enabled: false,
      start: '09:00',
      end: '17:00',
      days: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'],
    },
    quiet: quiet ?? { enabled: false, start: '22:00', end: '07:00' },
  }
}

/** The form's values as the API's input. Field names are the paths in the server's errors. */
export function inputOf(form: FormData): CreateSchedulingPolicyInput {
  const text = (name: string) => String(form.get(name) ?? '')
  const timezone = text('timezone')
  const hours = (name: string) => ({
    start: text(`${name}.start`),
    end: text(`${name}.end`),
    timezone,
    enabled: form.has(`${name}.enabled`),
  })
  const working = { ...hours('workingHours'), days: form.getAll('workingHours.days').filter(isWeekday) }
  return {
    maxMeetingsPerDay: Number(text('maxMeetingsPerDay')),
    maxMeetingsPerWeek: Number(text('maxMeetingsPerWeek')),
    bufferTimeMinutes: Number(text('bufferTimeMinutes')),
    // Disabled working hours may have no days, but the server stores no such hours.
    workingHours: working.enabled || working.days.length > 0 ? working : null,
    quietHours: hours('quietHours'),
  }
}

/** Every time zone the browser knows, and the selected one. */
export function zonesWith(chosen: string): readonly string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), chosen])].sort()
}
