import type { BookingChangeKind, BookingRowFragment, BookingStatus, Sensitivity } from '../../gql/graphql.ts'
import type { IconName } from '../../ui/icon.tsx'

/** One booking as the dashboard knows it; holds nothing sealed. */
export type BookingRow = BookingRowFragment

/** A stretch of time, from <= t < to. */
export type Range = Readonly<{ from: Date; to: Date }>

/** The booking statuses in words. */
export const statusLabels: Readonly<Record<BookingStatus, string>> = {
  PENDING: 'To be confirmed',
  CONFIRMED: 'Confirmed',
  REJECTED: 'Declined',
  CANCELLED: 'Cancelled',
  RESCHEDULED: 'Moved',
  COMPLETED: 'Completed',
  NO_SHOW: 'Did not come',
}

/** Sensitivity in a word and an icon, most sensitive first. */
export const sensitivityLabels: Readonly<
  Record<Sensitivity, Readonly<{ word: string; icon: IconName; means: string }>>
> = {
  HIGH: { word: 'High', icon: 'high', means: 'Names are sealed; other calendars see “Private appointment”.' },
  MEDIUM: { word: 'Medium', icon: 'medium', means: 'You see names; anybody else sees only the kind of meeting.' },
  LOW: { word: 'Low', icon: 'low', means: 'Admins may see title and names; what was written stays sealed.' },
}

/** Whether the meeting stands: it waits for its time, or takes place. */
export function isActive(booking: Pick<BookingRow, 'status'>): boolean {
  return booking.status === 'CONFIRMED' || booking.status === 'PENDING'
}

/** The meeting that takes place now, or else the first one to come; null when none is known. */
export function nextBooking(bookings: readonly BookingRow[], now: Date): BookingRow | null {
  return bookingsToCome(bookings, now)[0] ?? null
}

/** The standing meetings that are not over, in order. */
export function bookingsToCome(bookings: readonly BookingRow[], now: Date): readonly BookingRow[] {
  return bookings.filter((booking) => isActive(booking) && new Date(booking.endTime) > now)
}

/** The bookings that start within a range, in order. */
export function bookingsWithin(bookings: readonly BookingRow[], range: Range): readonly BookingRow[] {
  return bookings.filter((booking) => {
    const start = new Date(booking.startTime)
    return start >= range.from && start < range.to
  })
}

/** By start, then by id, so that two at one time keep their places. */
export function byStart(one: BookingRow, other: BookingRow): number {
  return one.startTime.localeCompare(other.startTime) || one.id.localeCompare(other.id)
}

/** Who comes. Names where they stand in clear, else what may be said without them. */
export function attendeeNames(booking: Pick<BookingRow, 'attendees' | 'attendeeCount'>): string {
  const names = booking.attendees?.map((attendee) => attendee.name) ?? []
  const [first, second] = names
  if (first === undefined)
    return booking.attendeeCount > 1 ? `Private, ${peopleCount(booking.attendeeCount)}` : 'Private'
  if (second === undefined) return first
  return names.length === 2 ? `${first} and ${second}` : `${first} and ${names.length - 1} others`
}

/** What kind of meeting it is, without names. */
export function kindOfMeeting(booking: Pick<BookingRow, 'eventTypeTitle' | 'title' | 'attendees'>): string {
  return booking.eventTypeTitle ?? (booking.attendees === null ? booking.title : 'Meeting')
}

/** The two lines that tell a booking from others: for its pastor who and what, for an admin what and whose. */
export type Heading = Readonly<{ first: string; second: string }>

/** Reads a booking as its viewer knows it. To an admin the names are hidden, so the kind of meeting comes first. */
export function headingOf(booking: BookingRow, isOwner: boolean): Heading {
  if (isOwner) return { first: attendeeNames(booking), second: kindOfMeeting(booking) }
  const who = booking.isRedacted ? peopleCount(booking.attendeeCount) : attendeeNames(booking)
  return { first: kindOfMeeting(booking), second: `${booking.owner.name} with ${who}` }
}

/** `1 person`, `3 people`. */
export function peopleCount(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

/** Whether the meeting will not take place, or not then. */
export function isOver(booking: Pick<BookingRow, 'status'>): boolean {
  return booking.status === 'CANCELLED' || booking.status === 'REJECTED' || booking.status === 'RESCHEDULED'
}

/** Whether a summary waits to be opened. */
export function hasSummary(booking: Pick<BookingRow, 'latestSummary'>): boolean {
  return booking.latestSummary.nodes.length > 0
}

/** Where a meeting is: words to read and, for a call over the web, the link to it. */
export type Location = Readonly<{ words: string; href: string | null }>

/** Reads Cal.com's location, which is free text, a link, or `integrations:<app>`; null when it says nothing. */
export function locationOf(location: string | null): Location | null {
  const text = location?.trim() ?? ''
  if (text === '') return null
  // Only http(s) becomes a link: a location is written by whoever books, and `javascript:` is a URL too.
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    return { words: `Video call, ${new URL(text).hostname}`, href: text }
  }
  const app = /^integrations:(?<name>[\w-]+)/.exec(text)?.groups?.name
  if (app !== undefined) return { words: app === 'daily' ? 'Video call, Cal Video' : `Video call, ${app}`, href: null }
  if (text === 'attendeeInPerson' || text === 'inPerson') return { words: 'In person', href: null }
  if (text === 'phone' || text === 'userPhone') return { words: 'By phone', href: null }
  return { words: text, href: null }
}

/** What a change did, in the words of the feed. */
export const changeMessage: Readonly<Record<BookingChangeKind, string>> = {
  CREATED: 'New booking',
  UPDATED: 'Changed',
  RESCHEDULED: 'Moved',
  CANCELLED: 'Cancelled',
  SUMMARY_READY: 'Summary ready',
  REMOVED: 'No longer yours',
}

/** The path of a booking's panel. The id is opaque and says nothing of who comes. */
export function bookingPath(id: string): string {
  return `/bookings/${encodeURIComponent(id)}`
}
