import type { Viewer } from '../../core/access/viewer.ts'
import { ForbiddenError, UnauthenticatedError } from '../../platform/errors.ts'

/** The words an auth rule is written in. With the strategy `all`, every word that a rule names must hold. */
export type AuthScopes = {
  /** Anybody, signed in or not. Written out where it is meant, so that no rule is a decision and not an omission. */
  public: boolean
  /** Somebody with a live session. */
  signedIn: boolean
  /** A signed-in admin. */
  admin: boolean
  /** The signed-in user whose id this is. */
  user: string
}

/** Gives each word its meaning for one caller. */
export function authScopesOf(viewer: Viewer | null) {
  return {
    public: true,
    signedIn: viewer !== null,
    admin: viewer?.role === 'admin',
    user: (userId: string) => viewer?.userId === userId,
  }
}

/** What a caller gets whom a rule refuses. */
export function refusalFor(viewer: Viewer | null): Error {
  return viewer === null ? new UnauthenticatedError() : new ForbiddenError()
}
