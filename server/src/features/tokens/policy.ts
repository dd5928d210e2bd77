import type { Viewer } from '../../core/access/viewer.ts'

/** Its owner sees a token and revokes it, and so does an admin; in person, never by a token. */
export function maySeeToken(viewer: Viewer, token: Readonly<{ userId: string }>): boolean {
  return viewer.kind === 'person' && (viewer.role === 'admin' || token.userId === viewer.userId)
}

/** After a restore an admin says, in person, which tokens work again. */
export function mayConfirmTokens(viewer: Viewer): boolean {
  return viewer.kind === 'person' && viewer.role === 'admin'
}
