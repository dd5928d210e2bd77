import type { Scope } from '../../core/access/scopes.ts'
import type { Viewer } from '../../core/access/viewer.ts'

type OwnedEndpoint = Readonly<{ userId: string }>

/** Its owner sees an endpoint, and so does an admin. To another pastor it does not exist. */
export function mayReadEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return viewer.role === 'admin' || ownsEndpoint(viewer, endpoint)
}

/** Only its owner says where an endpoint is, what goes there, and what is signed with. */
export function mayChangeEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return ownsEndpoint(viewer, endpoint)
}

/** An admin can end what any endpoint does. Only its owner can let it begin again. */
export function mayEnableEndpoint(viewer: Viewer, endpoint: OwnedEndpoint): boolean {
  return mayReadEndpoint(viewer, endpoint)
}

/** The scopes that a viewer would give without having them: none for a person, whose rights are the endpoint's bounds. */
export function scopesBeyond(viewer: Viewer, scopes: readonly Scope[]): readonly Scope[] {
  return viewer.kind === 'person' ? [] : scopes.filter((scope) => !viewer.scopes.has(scope))
}

function ownsEndpoint(viewer: Viewer, { userId }: OwnedEndpoint): boolean {
  return userId === viewer.userId
}
