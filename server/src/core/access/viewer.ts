import type { Device } from './devices.ts'
import type { Scope } from './scopes.ts'

/** The two roles a person can have. A pastor owns bookings; an admin runs the house and owns none of its words. */
export type Role = 'pastor' | 'admin'

/**
 * A person with a session that was checked. `sessionId` is the id in the database (a hash), never the cookie's token.
 * What opens a sealed value takes a PersonViewer, so that no token can be handed to it.
 */
export type PersonViewer = Readonly<{ kind: 'person'; userId: string; role: Role; sessionId: string }>

/**
 * An API token that was checked. It reaches what its user reaches, cut down to its scopes, and always redacted: a token
 * is nobody's owner.
 */
export type TokenViewer = Readonly<{
  kind: 'token'
  userId: string
  role: Role
  tokenId: string
  scopes: ReadonlySet<Scope>
}>

/** Who is asking. */
export type Viewer = PersonViewer | TokenViewer

/** What a viewer came in by: the id of the session or of the token, which is what a notice of its end names. */
export function loginIdOf(viewer: Viewer): string {
  return viewer.kind === 'person' ? viewer.sessionId : viewer.tokenId
}

/** Where a request came from, for the audit log. Null: unknown, or the system itself. `tokenId`: by which API token. */
export type Origin = Readonly<{
  ipAddress: string | null
  userAgent: string | null
  tokenId?: string
  /** The browser, where an account was entered from it before. It only decides whose attempts are counted together. */
  device?: Device
}>
