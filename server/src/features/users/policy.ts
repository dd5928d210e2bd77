import type { Viewer } from '../../core/access/viewer.ts'

/** A colleague's name is no secret to whoever meets it in a booking or in the log; how and when they sign in is. */
export function mayReadAccount(viewer: Viewer, user: Readonly<{ id: string }>): boolean {
  return viewer.role === 'admin' || user.id === viewer.userId
}

/** Who is invited, deactivated or given another role is the admins' business. */
export function mayManageUsers(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}

/** A pastor must know to whom a booking can be handed over; of colleagues that is their names. */
export function mayListColleagues(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}
