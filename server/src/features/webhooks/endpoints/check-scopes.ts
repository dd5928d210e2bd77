import { scopesOfRole } from '../../../core/access/role-scopes.ts'
import { isScope, type Scope } from '../../../core/access/scopes.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { ScopesBeyondTokenError } from '../errors.ts'
import { scopesBeyond } from '../policy.ts'

/**
 * Validates the scopes for a viewer's endpoint and removes duplicates. Endpoints can only have read scopes.
 *
 * @throws BadUserInputError for a scope that the viewer's endpoints can't have; ScopesBeyondTokenError
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
