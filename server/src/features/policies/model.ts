import { z } from 'zod'

/** The days of the week, in the order in which they are stored. */
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const notTime = 'must be a time of day such as 09:30'
const timeOfDay = z.string({ error: notTime }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, notTime)

const notZone = 'must be an IANA time zone such as Europe/Berlin'
const timezone = z.string({ error: notZone }).max(64, notZone).refine(isTimeZone, notZone)

/** Rejects offsets such as +01:00, which Intl accepts but which ignore daylight saving time. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch (error) {
    // Intl throws a RangeError for an unknown time zone.
    if (error instanceof RangeError) return false
    throw error
  }
}

const clockRange = { start: timeOfDay, end: timeOfDay, timezone, enabled: z.boolean() }

/** When a pastor doesn't want to be disturbed. May span midnight. */
const quietHoursFormat = z
  .strictObject(clockRange)
  .refine(({ start, end }) => start !== end, { path: ['end'], error: 'must differ from the start' })

export type QuietHours = Readonly<z.output<typeof quietHoursFormat>>

/** When meetings can take place. Within one day. */
const workingHoursFormat = z
  .strictObject({
    ...clockRange,
    days: z
      .array(z.enum(weekdays))
      .min(1, 'must contain at least one day')
      .max(7, 'must contain each day at most once')
      .transform((days) => weekdays.filter((day) => days.includes(day))),
  })
  .refine(({ start, end }) => start < end, { path: ['end'], error: 'must be later than the start' })

export type WorkingHours = Readonly<z.output<typeof workingHoursFormat>>

const wholeNumber = (max: number) => {
  const message = `must be a whole number from 0 to ${max}`
  return z.int({ error: message }).min(0, message).max(max, message)
}

/** The limits of a policy. Migration 520 enforces the same bounds in the database. */
const limits = {
  maxMeetingsPerDay: wholeNumber(100),
  maxMeetingsPerWeek: wholeNumber(500),
  bufferTimeMinutes: wholeNumber(480),
}

/** A new policy, with the defaults of omitted fields. */
export const newPolicyFormat = z.object({
  maxMeetingsPerDay: limits.maxMeetingsPerDay.default(8),
  maxMeetingsPerWeek: limits.maxMeetingsPerWeek.default(40),
  bufferTimeMinutes: limits.bufferTimeMinutes.default(15),
  quietHours: quietHoursFormat.nullable().default(null),
  workingHours: workingHoursFormat.nullable().default(null),
  isActive: z.boolean().default(true),
})

/** The changes of a policy: what is not given stays as it is. */
export const policyChangesFormat = z
  .object({
    ...limits,
    quietHours: quietHoursFormat.nullable(),
    workingHours: workingHoursFormat.nullable(),
    isActive: z.boolean(),
  })
  .partial()

export type PolicyChanges = z.output<typeof policyChangesFormat>

/** Parses the column. Null if it is empty or invalid. */
export function quietHoursOf(column: unknown): QuietHours | null {
  return quietHoursFormat.safeParse(column).data ?? null
}

/** Parses the column. Null if it is empty or invalid. */
export function workingHoursOf(column: unknown): WorkingHours | null {
  return workingHoursFormat.safeParse(column).data ?? null
}
