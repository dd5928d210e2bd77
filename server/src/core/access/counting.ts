import type { Scope } from './scopes.ts'
import type { Viewer } from './viewer.ts'

/** Counts of smaller groups, including zero, are suppressed for viewers who may only count. */
export const minGroupSize = 5

/** Whether a viewer may count bookings but see none: a token with `count-only` and without `bookings:read`. */
export function mayOnlyCount(viewer: Viewer): boolean {
  return viewer.kind === 'token' && !viewer.scopes.has('bookings:read')
}

/** Scopes that reveal nothing about single bookings and may be combined with `count-only`. */
const aggregateScopes: ReadonlySet<Scope> = new Set<Scope>([
  'count-only',
  'policies:read',
  'policies:write',
  'users:read',
  'users:write',
  'settings:read',
  'settings:write',
])

/**
 * The scopes of a count-only token that would show rows about single bookings, from which small groups can be counted.
 * Empty for a token with `bookings:read`: it sees the bookings themselves.
 */
export function scopesBeyondCounting(scopes: readonly Scope[]): Scope[] {
  if (!scopes.includes('count-only') || scopes.includes('bookings:read')) return []
  return scopes.filter((scope) => !aggregateScopes.has(scope))
}
