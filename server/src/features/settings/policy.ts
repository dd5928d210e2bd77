import type { Viewer } from '../../core/access/viewer.ts'

/** Only admins manage the server's settings. */
export function mayChangeSettings(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}
