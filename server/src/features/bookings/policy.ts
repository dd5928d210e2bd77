import type { Viewer } from '../../core/access/viewer.ts'

/** The properties of a booking that access to it depends on. */
export type OwnedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** A booking can be read by its owner and by admins. For others it doesn't exist. */
export function mayReadBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return viewer.role === 'admin' || ownsBooking(viewer, booking)
}

/** Only the owner can open an intake, and never with an API token. */
export function mayOpenIntake(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return seesAsOwner(viewer, booking)
}

/** Only the owner can change a booking, also with an API token. */
export function mayChangeBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return ownsBooking(viewer, booking)
}

/**
 * Whether the viewer may make a booking less sensitive. API tokens, which see bookings redacted, must not be able to lift
 * that.
 */
export function mayShowMore(viewer: Viewer): boolean {
  return viewer.kind === 'person'
}

/** For anyone but the signed-in owner, a booking above Low looks as in an external calendar. */
export function seesRedacted(viewer: Viewer, booking: OwnedBooking): boolean {
  return !seesAsOwner(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}

/** Whether the viewer sees what only the owner sees. API tokens never do, not even the owner's. */
export function seesAsOwner(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return viewer.kind === 'person' && ownsBooking(viewer, booking)
}

function ownsBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return booking.userId === viewer.userId
}

/**
 * Whether a filter is a name search by an admin or a token. Its matches reveal the names of people, whatever fields are
 * selected, so they are recorded.
 */
export function isNameSearch(viewer: Viewer, filter: Searching | null | undefined): boolean {
  return (viewer.kind === 'token' || viewer.role === 'admin') && searches(filter)
}

type Searching = Readonly<{
  search?: string | null | undefined
  and?: readonly Searching[] | null | undefined
  or?: readonly Searching[] | null | undefined
}>

function searches(filter: Searching | null | undefined): boolean {
  return Boolean(filter?.search) || [...(filter?.and ?? []), ...(filter?.or ?? [])].some(searches)
}
