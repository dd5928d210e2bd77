import type { Viewer } from '../../core/access/viewer.ts'

/** Whose booking it is, and how much of it others may see. */
export type OwnedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** Its owner reads a booking, and so does an admin. To another pastor it does not exist. */
export function mayReadBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return viewer.role === 'admin' || ownsBooking(viewer, booking)
}

/** Only its owner opens what people wrote, in person, whatever else the viewer may do. */
export function mayOpenIntake(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return seesAsOwner(viewer, booking)
}

/** Only its owner changes a booking, in person or by a token of theirs. */
export function mayChangeBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return ownsBooking(viewer, booking)
}

/**
 * Whether somebody may make a booking show more than it did. A token, which sees bookings redacted, must not be the way to
 * see them unredacted.
 */
export function mayShowMore(viewer: Viewer): boolean {
  return viewer.kind === 'person'
}

/** To anybody but its owner in person a booking above Low looks as it would in an outside calendar. */
export function seesRedacted(viewer: Viewer, booking: OwnedBooking): boolean {
  return !seesAsOwner(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}

/** Whether the viewer sees what only owners see. A token is nobody's owner, whoever made it. */
export function seesAsOwner(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return viewer.kind === 'person' && ownsBooking(viewer, booking)
}

function ownsBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return booking.userId === viewer.userId
}

/** To find a booking by words tells an admin, or a token, that its people's names have them, whatever is selected of it. */
export function isNameSearch(
  viewer: Viewer,
  filter: Readonly<{ search?: string | null | undefined }> | null | undefined,
) {
  return Boolean(filter?.search) && (viewer.kind === 'token' || viewer.role === 'admin')
}
