import type { Viewer } from '../../core/access/viewer.ts'

/** Policies apply to one's own meetings, so only pastors have any. */
export function mayHavePolicies(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}

/** A policy can be read by its owner and by admins. For others it doesn't exist. */
export function mayReadPolicy(viewer: Viewer, policy: Readonly<{ userId: string }>): boolean {
  return viewer.role === 'admin' || ownsPolicy(viewer, policy)
}

/** Only the owner can change or delete a policy. */
export function ownsPolicy(viewer: Viewer, policy: Readonly<{ userId: string }>): boolean {
  return policy.userId === viewer.userId
}
