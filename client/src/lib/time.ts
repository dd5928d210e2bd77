/**
 * Times for display. The text is English; the clock (12 or 24 hours) follows the browser's settings. Every function
 * takes its times as arguments, so nothing here reads the clock.
 */
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const preferred = typeof navigator === 'undefined' ? ['en-GB'] : navigator.languages
const locale = preferred.find((language) => language.startsWith('en')) ?? 'en-GB'
const { hourCycle } = new Intl.DateTimeFormat(preferred[0], { hour: 'numeric' }).resolvedOptions()
// `hourCycle` is only undefined for formatters without an hour, which the type doesn't know.
const clock = hourCycle === undefined ? {} : { hourCycle }

const timeFormat = (timeZone?: string) =>
  new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', ...clock, ...(timeZone ? { timeZone } : {}) })
const localTime = timeFormat()
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
const shortDay = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' })
const shortDayAndYear = new Intl.DateTimeFormat(locale, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})

/** A time in the user's time zone, e.g. `14:05` or `2:05 pm`. */
export function formatTime(moment: Date): string {
  return localTime.format(moment)
}

/** Start and end as one range, `14:00–14:45`, in `timeZone` (IANA name) or the user's own. */
export function formatTimeRange(start: Date, end: Date, timeZone?: string): string {
  const format = timeZone === undefined ? localTime : timeFormat(timeZone)
  return `${format.format(start)}–${format.format(end)}`
}

/** Midnight at the start of a time's day, in the user's time zone. */
export function startOfDay(moment: Date): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate())
}

/** Midnight `days` later; counts calendar days, so it handles the change to summer time. */
export function addDays(moment: Date, days: number): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate() + days)
}

/** Midnight at the start of the Monday of a time's week. */
export function startOfWeek(moment: Date): Date {
  return addDays(moment, -((moment.getDay() + 6) % 7))
}

/** Whether two times are on the same calendar day in the user's time zone. */
export function isSameDay(one: Date, other: Date): boolean {
  return startOfDay(one).getTime() === startOfDay(other).getTime()
}

/** A day relative to `now`: Today, Tomorrow, Yesterday, a weekday within the next six days, else a date. */
export function formatDay(moment: Date, now: Date): string {
  const days = Math.round((startOfDay(moment).getTime() - startOfDay(now).getTime()) / dayMs)
  if (days === 0) return 'Today'
  if (days === 1) return 'Tomorrow'
  if (days === -1) return 'Yesterday'
  if (days > 1 && days < 7) return weekday.format(moment)
  return formatNearDate(moment, now)
}

/** A date without the year if it is the current one, `Wed 26 Nov`. */
export function formatNearDate(moment: Date, now: Date): string {
  return moment.getFullYear() === now.getFullYear() ? shortDay.format(moment) : shortDayAndYear.format(moment)
}

/** A full date, `Wed 26 Nov 2025`, for records read long afterwards. */
export function formatDate(moment: Date): string {
  return shortDayAndYear.format(moment)
}

/** A duration in its two most significant units: `45 min`, `2 h 5 min`, `3 days`. */
export function formatLength(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / minuteMs))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.round(hours / 24)
  return days === 1 ? '1 day' : `${days} days`
}

/** The time until something starts, or until it ends once it has started: `in 25 min`, `now, 12 min left`. */
export function formatCountdown(start: Date, end: Date, now: Date): string {
  const untilStart = start.getTime() - now.getTime()
  if (untilStart > 0) return untilStart < minuteMs ? 'in a moment' : `in ${formatLength(untilStart)}`
  const remainingMs = end.getTime() - now.getTime()
  return remainingMs > 0 ? `now, ${formatLength(Math.max(remainingMs, minuteMs))} left` : 'over'
}

/** How long ago something was: `just now`, `5 min ago`. */
export function formatAgo(moment: Date, now: Date): string {
  const passed = now.getTime() - moment.getTime()
  return passed < minuteMs ? 'just now' : `${formatLength(passed)} ago`
}

/** The UTC offset of a time zone at a time, as `GMT+2`; null if the browser doesn't know the zone. */
function offsetAt(moment: Date, timeZone?: string): string | null {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset', ...(timeZone ? { timeZone } : {}) })
    return format.formatToParts(moment).find((part) => part.type === 'timeZoneName')?.value ?? null
  } catch (error) {
    // Intl throws RangeError for an unknown time zone.
    if (error instanceof RangeError) return null
    throw error
  }
}

/**
 * The range in another person's local time, `09:00–09:45 in New York`; null if it is the same as ours, or the zone is
 * unknown. Includes the day if theirs is another.
 */
export function formatElsewhere(start: Date, end: Date, timeZone: string | null): string | null {
  if (timeZone === null) return null
  const otherOffset = offsetAt(start, timeZone)
  if (otherOffset === null || otherOffset === offsetAt(start)) return null
  const otherDay = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone }).format(start)
  const ownDay = new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(start)
  const day = otherDay === ownDay ? '' : `${otherDay}, `
  const city = timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone
  return `${day}${formatTimeRange(start, end, timeZone)} in ${city}`
}
