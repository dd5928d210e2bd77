import type { Viewer } from '../../core/access/viewer.ts'
import { ForbiddenError, UnauthenticatedError } from '../../platform/errors.ts'

/** The scopes that auth rules use. The strategy is `all`: every scope that a rule names must hold. */
export type AuthScopes = {
  /** Everyone, signed in or not. Stated explicitly, so that a public field is a decision and not an omission. */
  public: boolean
  /** Viewers with a valid session or token. */
  signedIn: boolean
  /** Viewers with the role admin. */
  admin: boolean
  /** The viewer with this user ID. */
  user: string
}

/** The value of each scope for one viewer. */
export function authScopesOf(viewer: Viewer | null) {
  return {
    public: true,
    signedIn: viewer !== null,
    admin: viewer?.role === 'admin',
    user: (userId: string) => viewer?.userId === userId,
  }
}

/** The error for a viewer whom a rule rejects. */
export function refusalFor(viewer: Viewer | null): Error {
  return viewer === null ? new UnauthenticatedError() : new ForbiddenError()
}
