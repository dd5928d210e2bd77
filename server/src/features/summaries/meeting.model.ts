/** The facts of a meeting, without any text that people typed. */
export type MeetingFacts = Readonly<{
  eventTypeTitle: string | null
  startTime: Date
  /** The IANA time zone for displaying times: the pastor's if known. */
  timeZone: string | null
  durationMinutes: number
  /** Cal.com's location: an address, a phone number, a link, or the name of an integration. */
  location: string | null
}>

/** "Tuesday 4 August at 10:00", in the meeting's time zone; in UTC, labelled as such, if there is no valid one. */
export function describeStart(meeting: Pick<MeetingFacts, 'startTime' | 'timeZone'>): string {
  const zone = usableZone(meeting.timeZone)
  const part = partsOf(meeting.startTime, zone ?? 'UTC')
  // Assembled here, because the punctuation of locales changes between ICU releases.
  const text = `${part('weekday')} ${part('day')} ${part('month')} at ${part('hour')}:${part('minute')}`
  return zone === null ? `${text} UTC` : text
}

/** "45 minutes", "1 hour", "1 hour 30 minutes". */
export function describeDuration(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const remainder = minutes % 60
  if (hours === 0) return counted(remainder, 'minute')
  if (remainder === 0) return counted(hours, 'hour')
  return `${counted(hours, 'hour')} ${counted(remainder, 'minute')}`
}

/**
 * How people meet, never where: addresses, phone numbers and links are personal data that must not be stored in plaintext.
 */
export function describeLocation(location: string | null): string {
  const text = location?.trim() ?? ''
  if (text === '') return 'Not given'
  if (/^(https?:|integrations:|conferencing)|\b(zoom|teams|meet|webex|skype|video)\b/i.test(text)) return 'Online'
  if (/phone/i.test(text) || /^\+?[\d\s().-]{6,}$/.test(text)) return 'By phone'
  return 'In person'
}

/** "1 person", "3 people". */
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
