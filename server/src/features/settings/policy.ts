import type { Viewer } from '../../core/access/viewer.ts'

/** How the house is run is the admins' business. */
export function maySetUpTheHouse(viewer: Viewer): boolean {
  return viewer.role === 'admin'
}
