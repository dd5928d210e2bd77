import { allScopes, type Scope } from './scopes.ts'
import type { Role } from './viewer.ts'

const adminsOnly: ReadonlySet<Scope> = new Set<Scope>([
  'users:write',
  'settings:read',
  'settings:write',
  'jobs:read',
  'jobs:write',
])

/** Only the owner changes bookings, forms and policies. Most admins own none. */
export const ownerScopes: ReadonlySet<Scope> = new Set<Scope>(['bookings:write', 'forms:write', 'policies:write'])

/** The scopes a role may grant to its own tokens. */
export function scopesOfRole(role: Role): readonly Scope[] {
  return role === 'admin' ? allScopes : allScopes.filter((scope) => !adminsOnly.has(scope))
}
