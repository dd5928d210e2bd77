import type { Viewer } from '../../core/access/viewer.ts'

/** How the house is run is the admins' business. */
export function mayChangeSettings(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}
