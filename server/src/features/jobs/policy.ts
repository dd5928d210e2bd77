import type { Viewer } from '../../core/access/viewer.ts'

/** What the house does in the background is the admins' business. */
export function mayManageJobs(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}
