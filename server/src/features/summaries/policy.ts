import type { Viewer } from '../../core/access/viewer.ts'

type SummarisedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** Only the owner of the booking opens its summary. */
export function mayOpenSummary(viewer: Viewer, booking: Pick<SummarisedBooking, 'userId'>): boolean {
  return booking.userId === viewer.userId
}

/** To anybody but the owner, what stands in clear beside a summary tells no more than the redacted booking does. */
export function seesRedactedMetadata(viewer: Viewer, booking: SummarisedBooking): boolean {
  return !mayOpenSummary(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}
