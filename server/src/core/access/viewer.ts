import type { Device } from './devices.ts'
import type { Scope } from './scopes.ts'

/** The roles of a user. A pastor owns bookings; an admin manages the server and owns none. */
export type Role = 'pastor' | 'admin'

/**
 * A user with a validated session. `sessionId` is the ID in the database (a hash), never the cookie's token. Functions
 * that decrypt take a PersonViewer, so the compiler rejects a token.
 */
export type PersonViewer = Readonly<{ kind: 'person'; userId: string; role: Role; sessionId: string }>

/**
 * A validated API token. It has its user's access limited to its scopes, and always redacted: a token is never an
 * owner.
 */
export type TokenViewer = Readonly<{
  kind: 'token'
  userId: string
  role: Role
  tokenId: string
  scopes: ReadonlySet<Scope>
}>

/** The authenticated caller. */
export type Viewer = PersonViewer | TokenViewer

/** The ID of the viewer's session or token, as named in revocation notifications. */
export function loginIdOf(viewer: Viewer): string {
  return viewer.kind === 'person' ? viewer.sessionId : viewer.tokenId
}

/**
 * Where a request came from, for the audit log. Null: unknown, or the system itself. `tokenId`: the API token it used.
 */
export type Origin = Readonly<{
  ipAddress: string | null
  userAgent: string | null
  tokenId?: string
  /** The browser, if it has signed in to an account before. Only used to group login attempts. */
  device?: Device
}>
