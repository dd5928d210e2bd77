import type { Viewer } from '../../core/access/viewer.ts'

type SummarisedBooking = Readonly<{ userId: string; sensitivity: 'High' | 'Medium' | 'Low'; isAnonymous: boolean }>

/** Whether a viewer may see redacted summaries: a signed-in pastor only sees their own, which are never redacted. */
export function maySeeRedacted(viewer: Viewer | null): boolean {
  return viewer?.role === 'admin' || viewer?.kind === 'token'
}

/** Only the booking's owner may open its summary, and never with an API token. */
export function mayOpenSummary(viewer: Viewer, booking: Pick<SummarisedBooking, 'userId'>): boolean {
  return viewer.kind === 'person' && booking.userId === viewer.userId
}

/** For anyone but the owner, plaintext metadata reveals no more than the redacted booking does. */
export function seesRedactedMetadata(viewer: Viewer, booking: SummarisedBooking): boolean {
  return !mayOpenSummary(viewer, booking) && (booking.sensitivity !== 'Low' || booking.isAnonymous)
}
