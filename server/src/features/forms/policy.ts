import type { Viewer } from '../../core/access/viewer.ts'

/** Only the owner of the booking opens what was answered. */
export function mayOpenFormResponse(viewer: Viewer, booking: Readonly<{ userId: string }>): boolean {
  return booking.userId === viewer.userId
}
