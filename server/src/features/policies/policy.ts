import type { Viewer } from '../../core/access/viewer.ts'

/** A policy is about somebody's own meetings, so only a pastor has any. */
export function mayHavePolicies(viewer: Viewer): boolean {
  return viewer.role === 'pastor'
}

/** Its owner reads a policy, and so does an admin. To another pastor it does not exist. */
export function mayReadPolicy(viewer: Viewer, policy: Readonly<{ userId: string }>): boolean {
  return viewer.role === 'admin' || ownsPolicy(viewer, policy)
}

/** Only its owner changes a policy, or deletes it. */
export function ownsPolicy(viewer: Viewer, policy: Readonly<{ userId: string }>): boolean {
  return policy.userId === viewer.userId
}
