import { scopesOfRole } from '../../../core/access/role-scopes.ts'
import { isScope, type Scope } from '../../../core/access/scopes.ts'
import type { Viewer } from '../../../core/access/viewer.ts'
import { BadUserInputError } from '../../../platform/errors.ts'
import { ScopesBeyondTokenError } from '../errors.ts'
import { missingScopes } from '../policy.ts'

/**
 * Validates the scopes for a viewer's endpoint and removes duplicates. Endpoints can only have read scopes.
 *
 * @throws BadUserInputError for a scope that the viewer's endpoints can't have; ScopesBeyondTokenError
 */
export function checkScopes(viewer: Viewer, requested: readonly string[]): Scope[] {
  const allowed = scopesOfRole(viewer.role).filter((scope) => scope.endsWith(':read'))
  const scopes = [...new Set(requested)].filter(isScope).filter((scope) => allowed.includes(scope))
  if (scopes.length !== new Set(requested).size) {
    throw new BadUserInputError(
      'scopes',
      `This scope is unknown or not available. Your webhooks can have: ${allowed.join(', ')}.`,
    )
  }
  if (scopes.length === 0) throw new BadUserInputError('scopes', 'Give at least one scope, such as bookings:read.')
  const missing = missingScopes(viewer, scopes)
  if (missing.length > 0) throw new ScopesBeyondTokenError(missing)
  return scopes
}
