import { allScopes, type Scope } from './scopes.ts'
import type { Role } from './viewer.ts'

const adminsOnly: ReadonlySet<Scope> = new Set<Scope>([
  'users:write',
  'settings:read',
  'settings:write',
  'jobs:read',
  'jobs:write',
])

/** Only the owner changes bookings, forms and policies, and admins own none. */
const pastorsOnly: ReadonlySet<Scope> = new Set<Scope>(['bookings:write', 'forms:write', 'policies:write'])

/** The scopes a role can use, and so may grant to its own tokens. */
export function scopesOfRole(role: Role): readonly Scope[] {
  const others = role === 'admin' ? pastorsOnly : adminsOnly
  return allScopes.filter((scope) => !others.has(scope))
}
