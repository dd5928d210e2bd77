import type { Viewer } from '../../core/access/viewer.ts'

/** Only admins see and manage background jobs. */
export function mayManageJobs(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}
