/** The plain facts of a meeting, without a word of what somebody wrote. */
export type MeetingFacts = Readonly<{
  eventTypeTitle: string | null
  startTime: Date
  /** IANA zone that times are told in: the pastor's where it is known. */
  timeZone: string | null
  durationMinutes: number
  /** Cal.com's location: an address, a phone number, a link, or an integration's name. */
  location: string | null
}>

/** "Tuesday 4 August at 10:00", in the meeting's zone; in UTC, and saying so, where there is no usable zone. */
export function describeStart(meeting: Pick<MeetingFacts, 'startTime' | 'timeZone'>): string {
  const zone = usableZone(meeting.timeZone)
  const part = partsOf(meeting.startTime, zone ?? 'UTC')
  // Put together here and not by a locale: its punctuation changes from one ICU release to the next.
  const text = `${part('weekday')} ${part('day')} ${part('month')} at ${part('hour')}:${part('minute')}`
  return zone === null ? `${text} UTC` : text
}

/** "45 minutes", "1 hour", "1 hour 30 minutes". */
export function describeDuration(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours === 0) return counted(rest, 'minute')
  if (rest === 0) return counted(hours, 'hour')
  return `${counted(hours, 'hour')} ${counted(rest, 'minute')}`
}

/** How people meet. Never where: an address, a number and a link all tell more than may stand in clear. */
export function describeLocation(location: string | null): string {
  const text = location?.trim() ?? ''
  if (text === '') return 'Not given'
  if (/^(https?:|integrations:|conferencing)|\b(zoom|teams|meet|webex|skype|video)\b/i.test(text)) return 'Online'
  if (/phone/i.test(text) || /^\+?[\d\s().-]{6,}$/.test(text)) return 'By phone'
  return 'In person'
}

/** "1 person", "3 people": the number with the right word. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}

function usableZone(timeZone: string | null): string | null {
  if (timeZone === null) return null
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function partsOf(time: Date, timeZone: string): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(time)
  return (type) => parts.find((part) => part.type === type)?.value ?? ''
}
