/**
 * Times as people read them. The words are English; the clock (12 or 24 hours) is the one the person's own browser uses.
 * Every function takes the moments it speaks of, so that nothing here reads the clock.
 */
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const preferred = typeof navigator === 'undefined' ? ['en-GB'] : navigator.languages
const locale = preferred.find((language) => language.startsWith('en')) ?? 'en-GB'
const { hourCycle } = new Intl.DateTimeFormat(preferred[0], { hour: 'numeric' }).resolvedOptions()
// `hourCycle` is undefined where a formatter shows no hour; this one always does, but the type can't know it.
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

/** The clock time of a moment in the person's zone, e.g. `14:05` or `2:05 pm`. */
export function formatTime(moment: Date): string {
  return localTime.format(moment)
}

/** Start and end as one range, `14:00–14:45`, in `timeZone` (IANA name) or the person's own zone. */
export function formatTimeRange(start: Date, end: Date, timeZone?: string): string {
  const format = timeZone === undefined ? localTime : timeFormat(timeZone)
  return `${format.format(start)}–${format.format(end)}`
}

/** Midnight at the start of a moment's day, in the person's zone. */
export function startOfDay(moment: Date): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate())
}

/** Midnight `days` later; counts calendar days, so it is right across a change to summer time. */
export function addDays(moment: Date, days: number): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate() + days)
}

/** Midnight at the start of the Monday of a moment's week. */
export function startOfWeek(moment: Date): Date {
  return addDays(moment, -((moment.getDay() + 6) % 7))
}

/** Whether two moments fall on one calendar day of the person's zone. */
export function isSameDay(one: Date, other: Date): boolean {
  return startOfDay(one).getTime() === startOfDay(other).getTime()
}

/** A day as one says it from `now`: Today, Tomorrow, Yesterday, a weekday within the next six days, else a date. */
export function formatDay(moment: Date, now: Date): string {
  const days = Math.round((startOfDay(moment).getTime() - startOfDay(now).getTime()) / dayMs)
  if (days === 0) return 'Today'
  if (days === 1) return 'Tomorrow'
  if (days === -1) return 'Yesterday'
  if (days > 1 && days < 7) return weekday.format(moment)
  return formatNearDate(moment, now)
}

/** A date without the year where it is `now`'s own, `Wed 26 Nov`. */
export function formatNearDate(moment: Date, now: Date): string {
  return moment.getFullYear() === now.getFullYear() ? shortDay.format(moment) : shortDayAndYear.format(moment)
}

/** A full date, `Wed 26 Nov 2025`, for records that are read long afterwards. */
export function formatDate(moment: Date): string {
  return shortDayAndYear.format(moment)
}

/** A length of time in the two units that matter: `45 min`, `2 h 5 min`, `3 days`. */
export function formatLength(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / minuteMs))
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.round(hours / 24)
  return days === 1 ? '1 day' : `${days} days`
}

/** How long until something starts, or, while it runs, how long it still has: `in 25 min`, `now, 12 min left`. */
export function formatCountdown(start: Date, end: Date, now: Date): string {
  const untilStart = start.getTime() - now.getTime()
  if (untilStart > 0) return untilStart < minuteMs ? 'in a moment' : `in ${formatLength(untilStart)}`
  const left = end.getTime() - now.getTime()
  return left > 0 ? `now, ${formatLength(Math.max(left, minuteMs))} left` : 'over'
}

/** How long ago something was: `just now`, `5 min ago`. */
export function formatAgo(moment: Date, now: Date): string {
  const passed = now.getTime() - moment.getTime()
  return passed < minuteMs ? 'just now' : `${formatLength(passed)} ago`
}

/** The offset of a zone at a moment, as `GMT+2`; null when the browser doesn't know the zone. */
function offsetAt(moment: Date, timeZone?: string): string | null {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset', ...(timeZone ? { timeZone } : {}) })
    return format.formatToParts(moment).find((part) => part.type === 'timeZoneName')?.value ?? null
  } catch (error) {
    // RangeError is how Intl says that it doesn't know the zone's name.
    if (error instanceof RangeError) return null
    throw error
  }
}

/**
 * The same hours on another person's clock, `09:00–09:45 in New York`; null where their clock shows what ours does,
 * or the zone is unknown. Says the day too when theirs is another.
 */
export function formatElsewhere(start: Date, end: Date, timeZone: string | null): string | null {
  if (timeZone === null) return null
  const theirs = offsetAt(start, timeZone)
  if (theirs === null || theirs === offsetAt(start)) return null
  const theirDay = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone }).format(start)
  const ourDay = new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(start)
  const day = theirDay === ourDay ? '' : `${theirDay}, `
  const city = timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone
  return `${day}${formatTimeRange(start, end, timeZone)} in ${city}`
}
