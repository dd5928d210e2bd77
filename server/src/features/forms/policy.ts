import type { Viewer } from '../../core/access/viewer.ts'

/** Only the owner of the booking opens what was answered, in person. */
export function mayOpenFormResponse(viewer: Viewer, booking: Readonly<{ userId: string }>): boolean {
  return viewer.kind === 'person' && booking.userId === viewer.userId
}
