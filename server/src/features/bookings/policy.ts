import type { Viewer } from '../../core/access/viewer.ts'

/** Whose booking it is, and how much of it others may see. */
export type OwnedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** Its owner reads a booking, and so does an admin. To another pastor it does not exist. */
export function mayReadBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return viewer.role === 'admin' || ownsBooking(viewer, booking)
}

/** Only its owner opens what people wrote, whatever else the viewer may do. */
export function mayOpenIntake(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return ownsBooking(viewer, booking)
}

/** Only its owner changes a booking. */
export function mayChangeBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return ownsBooking(viewer, booking)
}

/** To anybody but its owner a booking above Low looks as it would in an outside calendar. */
export function seesRedacted(viewer: Viewer, booking: OwnedBooking): boolean {
  return !ownsBooking(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}

export function ownsBooking(viewer: Viewer, booking: Pick<OwnedBooking, 'userId'>): boolean {
  return booking.userId === viewer.userId
}
