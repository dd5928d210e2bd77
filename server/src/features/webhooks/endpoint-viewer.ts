import { isScope } from '../../core/access/scopes.ts'
import type { Role, TokenViewer } from '../../core/access/viewer.ts'

type Endpoint = Readonly<{ id: string; userId: string; scopes: readonly string[] }>

/**
 * The viewer that an endpoint's document runs as: an API token of its owner with the endpoint's scopes. So bookings above
 * Low are redacted, encrypted fields stay closed, and it never sees more than its owner currently may.
 */
export function endpointViewer(endpoint: Endpoint, role: Role): TokenViewer {
  return {
    kind: 'token',
    userId: endpoint.userId,
    role,
    tokenId: endpoint.id,
    scopes: new Set(endpoint.scopes.filter(isScope)),
  }
}
