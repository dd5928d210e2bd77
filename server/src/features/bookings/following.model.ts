import type { Viewer } from '../../core/access/viewer.ts'

/** Whose changes: one owner's, or everybody's. */
export type Following = Readonly<{ ownerId: string } | { everybody: true }>

/** Whose changes a viewer follows: one's own, or everybody's for an admin. */
export function followingOf(viewer: Viewer): Following {
  return viewer.role === 'admin' ? { everybody: true } : { ownerId: viewer.userId }
}
