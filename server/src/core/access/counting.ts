import type { Viewer } from './viewer.ts'

/** No number of a group smaller than this is told to whoever may only count: not nought either. */
export const smallestGroup = 5

/** Whether a viewer may count bookings and see none: a token with `count-only` and without `bookings:read`. */
export function mayOnlyCount(viewer: Viewer): boolean {
  return viewer.kind === 'token' && !viewer.scopes.has('bookings:read')
}

/** A number of bookings as far as it may be told to the viewer. Null: the group is too small for one who only counts. */
export function tellableCount(viewer: Viewer, count: number): number | null {
  return mayOnlyCount(viewer) && count < smallestGroup ? null : count
}
