import { isScope } from '../../core/access/scopes.ts'
import type { Role, TokenViewer } from '../../core/access/viewer.ts'

type Endpoint = Readonly<{ id: string; userId: string; scopes: readonly string[] }>

/**
 * As whom an endpoint sees: as an API token of its owner with the endpoint's scopes. So everything above Low is redacted for
 * it, nothing sealed opens for it, and it never sees more than its owner may now.
 */
export function actAsEndpoint(endpoint: Endpoint, role: Role): TokenViewer {
  return {
    kind: 'token',
    userId: endpoint.userId,
    role,
    tokenId: endpoint.id,
    scopes: new Set(endpoint.scopes.filter(isScope)),
  }
}
