import type { Scope } from '../../core/access/scopes.ts'
import type { Viewer } from '../../core/access/viewer.ts'

type OwnedEndpoint = Readonly<{ userId: string }>

/** An endpoint can be read by its owner and by admins. For others it doesn't exist. */
export function mayReadEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return viewer.role === 'admin' || ownsEndpoint(viewer, endpoint)
}

/** Only the owner can change an endpoint's URL, document and secret. */
export function mayChangeEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return ownsEndpoint(viewer, endpoint)
}

/** An admin can disable any endpoint. Only its owner can enable it again. */
export function mayEnableEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return mayReadEndpoint(viewer, endpoint)
}

/**
 * The scopes that a viewer would grant without having them. None for a signed-in user, whose role limits the endpoint
 * anyway.
 */
export function missingScopes(viewer: Viewer, scopes: readonly Scope[]): readonly Scope[] {
  return viewer.kind === 'person' ? [] : scopes.filter((scope) => !viewer.scopes.has(scope))
}

function ownsEndpoint(viewer: Viewer, { userId }: OwnedEndpoint): boolean {
  return userId === viewer.userId
}
