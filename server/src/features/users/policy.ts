import type { Viewer } from '../../core/access/viewer.ts'

/** A colleague's name is visible to anyone who sees it in a booking or the audit log; account details are not. */
export function mayReadAccount(viewer: Viewer, user: Readonly<{ id: string }>): boolean {
  return viewer.role === 'admin' || user.id === viewer.userId
}

/** Only admins invite, deactivate and change users. */
export function mayManageUsers(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}

/** Pastors need their colleagues' names to hand over bookings. */
export function mayListColleagues(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}
