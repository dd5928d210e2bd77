import type { Viewer } from '../../core/access/viewer.ts'

type SummarisedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** Whether any summary that exists for the viewer may be redacted: to a pastor in person only own ones exist. */
export function maySeeRedacted(viewer: Viewer | null): boolean {
  return viewer?.role === 'admin' || viewer?.kind === 'token'
}

/** Only the owner of the booking opens its summary, in person. */
export function mayOpenSummary(viewer: Viewer, booking: Pick<SummarisedBooking, 'userId'>): boolean {
  return viewer.kind === 'person' && booking.userId === viewer.userId
}

/** To anybody but the owner, what stands in clear beside a summary tells no more than the redacted booking does. */
export function seesRedactedMetadata(viewer: Viewer, booking: SummarisedBooking): boolean {
  return !mayOpenSummary(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}
