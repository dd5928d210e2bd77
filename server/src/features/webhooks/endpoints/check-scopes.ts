import { scopesOfRole } from '../../../core/access/role-scopes.ts'
import { isScope, type Scope } from '../../../core/access/scopes.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { ScopesBeyondTokenError } from '../errors.ts'
import { scopesBeyond } from '../policy.ts'

/**
 * The scopes that somebody gives an endpoint of theirs. An endpoint only reads.
 *
 * @throws BadUserInputError for what is no scope that an endpoint of theirs can have; ScopesBeyondTokenError
 */
export function checkScopes(viewer: Viewer, given: readonly string[]): Scope[] {
  const possible = scopesOfRole(viewer.role).filter((scope) => scope.endsWith(':read'))
  const scopes = [...new Set(given)].filter(isScope).filter((scope) => possible.includes(scope))
  if (scopes.length !== new Set(given).size) {
    throw new BadUserInputError(
      'scopes',
      `This scope is unknown or not available. Your webhooks can have: ${possible.join(', ')}.`,
    )
  }
  if (scopes.length === 0) throw new BadUserInputError('scopes', 'Give at least one scope, such as bookings:read.')
  const beyond = scopesBeyond(viewer, scopes)
  if (beyond.length > 0) throw new ScopesBeyondTokenError(beyond)
  return scopes
}
