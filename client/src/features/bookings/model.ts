import type { BookingChangeKind, BookingRowFragment, BookingStatus, Sensitivity } from '../../gql/graphql.ts'
import type { IconName } from '../../ui/icon.tsx'

/** A booking on the dashboard; contains nothing encrypted. */
export type BookingRow = BookingRowFragment

/** A time range, from <= t < to. */
export type Range = Readonly<{ from: Date; to: Date }>

/** The labels of booking statuses. */
export const statusLabels: Readonly<Record<BookingStatus, string>> = {
  PENDING: 'To be confirmed',
  CONFIRMED: 'Confirmed',
  REJECTED: 'Declined',
  CANCELLED: 'Cancelled',
  RESCHEDULED: 'Moved',
  COMPLETED: 'Completed',
  NO_SHOW: 'No-show',
}

/** The labels and icons of sensitivity, most sensitive first. */
export const sensitivityLabels: Readonly<
  Record<Sensitivity, Readonly<{ word: string; icon: IconName; description: string }>>
> = {
  HIGH: { word: 'High', icon: 'high', description: 'Names are encrypted. Other calendars show “Private appointment”.' },
  MEDIUM: {
    word: 'Medium',
    icon: 'medium',
    description: 'You see names. Everyone else sees only the kind of meeting.',
  },
  LOW: { word: 'Low', icon: 'low', description: 'Admins can see title and names. What people wrote stays encrypted.' },
}

/** Whether the meeting is pending or takes place. */
export function isActive(booking: Pick<BookingRow, 'status'>): boolean {
  return booking.status === 'CONFIRMED' || booking.status === 'PENDING'
}

/** The meeting in progress, or else the first upcoming one; null if there is none. */
export function nextBooking(bookings: readonly BookingRow[], now: Date): BookingRow | null {
  return bookingsToCome(bookings, now)[0] ?? null
}

/** Active meetings that aren't over, in order. */
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

/** By start, then by ID, so that the order is stable. */
export function byStart(one: BookingRow, other: BookingRow): number {
  return one.startTime.localeCompare(other.startTime) || one.id.localeCompare(other.id)
}

/** The attendees: their names if visible, else a description without names. */
export function attendeeNames(booking: Pick<BookingRow, 'attendees' | 'attendeeCount'>): string {
  const names = booking.attendees?.map((attendee) => attendee.name) ?? []
  const [first, second] = names
  if (first === undefined)
    return booking.attendeeCount > 1 ? `Private, ${peopleCount(booking.attendeeCount)}` : 'Private'
  if (second === undefined) return first
  return names.length === 2 ? `${first} and ${second}` : `${first} and ${names.length - 1} others`
}

/** The kind of meeting, without names. */
export function kindOfMeeting(booking: Pick<BookingRow, 'eventTypeTitle' | 'title' | 'attendees'>): string {
  return booking.eventTypeTitle ?? (booking.attendees === null ? booking.title : 'Meeting')
}

/** Two lines that identify a booking: attendees and kind for its pastor, kind and pastor for an admin. */
export type Heading = Readonly<{ first: string; second: string }>

/** The heading for the viewer. Admins don't see names, so the kind of meeting comes first. */
export function headingOf(booking: BookingRow, isOwner: boolean): Heading {
  if (isOwner) return { first: attendeeNames(booking), second: kindOfMeeting(booking) }
  const attendees = booking.isRedacted ? peopleCount(booking.attendeeCount) : attendeeNames(booking)
  return { first: kindOfMeeting(booking), second: `${booking.owner.name} with ${attendees}` }
}

/** `1 person`, `3 people`. */
export function peopleCount(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}

/** Whether the meeting won't take place, or not at this time. */
export function isOver(booking: Pick<BookingRow, 'status'>): boolean {
  return booking.status === 'CANCELLED' || booking.status === 'REJECTED' || booking.status === 'RESCHEDULED'
}

/** Whether there is a summary to open. */
export function hasSummary(booking: Pick<BookingRow, 'latestSummary'>): boolean {
  return booking.latestSummary.nodes.length > 0
}

/** The location of a meeting: its text and, for an online call, the link. */
export type Location = Readonly<{ label: string; href: string | null }>

/** Parses Cal.com's location, which is free text, a link, or `integrations:<app>`; null if it is empty. */
export function locationOf(location: string | null): Location | null {
  const text = location?.trim() ?? ''
  if (text === '') return null
  // Only http(s) becomes a link: the booker writes the location, and `javascript:` is a URL too.
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    return { label: `Video call, ${new URL(text).hostname}`, href: text }
  }
  const app = /^integrations:(?<name>[\w-]+)/.exec(text)?.groups?.name
  if (app !== undefined) return { label: app === 'daily' ? 'Video call, Cal Video' : `Video call, ${app}`, href: null }
  if (text === 'attendeeInPerson' || text === 'inPerson') return { label: 'In person', href: null }
  if (text === 'phone' || text === 'userPhone') return { label: 'By phone', href: null }
  return { label: text, href: null }
}

/** The text of a change in the feed. */
export const changeMessage: Readonly<Record<BookingChangeKind, string>> = {
  CREATED: 'New booking',
  UPDATED: 'Changed',
  RESCHEDULED: 'Moved',
  CANCELLED: 'Cancelled',
  SUMMARY_READY: 'Summary ready',
  REMOVED: 'No longer yours',
}

/** The path of a booking's panel. The ID is opaque and reveals nothing about the attendees. */
export function bookingPath(id: string): string {
  return `/bookings/${encodeURIComponent(id)}`
}
