import type { Scope } from './scopes.ts'
import type { Viewer } from './viewer.ts'

/** No number of a group smaller than this is told to whoever may only count: not nought either. */
export const minGroupSize = 5

/** Whether a viewer may count bookings and see none: a token with `count-only` and without `bookings:read`. */
export function mayOnlyCount(viewer: Viewer): boolean {
  return viewer.kind === 'token' && !viewer.scopes.has('bookings:read')
}

/** The scopes that tell nothing of single bookings, and so may stand beside `count-only`. */
const besideCounting: ReadonlySet<Scope> = new Set<Scope>([
  'count-only',
  'policies:read',
  'policies:write',
  'users:read',
  'users:write',
  'settings:read',
  'settings:write',
])

/**
 * The scopes of a token that may only count which would show it rows about single bookings, from which small groups can be
 * counted. None for a token with `bookings:read`: it sees the bookings themselves.
 */
export function scopesBeyondCounting(scopes: readonly Scope[]): Scope[] {
  if (!scopes.includes('count-only') || scopes.includes('bookings:read')) return []
  return scopes.filter((scope) => !besideCounting.has(scope))
}
