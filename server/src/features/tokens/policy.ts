import type { Viewer } from '../../core/access/viewer.ts'

/** A token can be read and revoked by its owner and by admins, never with an API token. */
export function maySeeToken(viewer: Viewer, token: Readonly<{ userId: string }>): boolean {
  return viewer.kind === 'person' && (viewer.role === 'admin' || token.userId === viewer.userId)
}

/** After a restore, only an admin can confirm tokens, and never with an API token. */
export function mayConfirmTokens(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'admin'
}
