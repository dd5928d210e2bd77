import { Lucia, TimeSpan } from 'lucia'
import type { Clock } from '../../platform/clock.ts'
import type { Database, ReadRows, Transaction } from '../../platform/database/client.ts'
import { Secret } from '../../platform/secret.ts'
import type { Origin, PersonViewer } from '../access/viewer.ts'
import { createSessionAdapter, endSessions } from './adapter.ts'
import { readSessionCookie, sessionCookieName, sessionIdOf } from './token.ts'

/** A new session. The token is only ever put into the cookie. */
export type NewSession = Readonly<{ token: Secret; sessionId: string }>

/**
 * User sessions; the only module that uses Lucia. Session IDs are the database's (hashes); only cookies carry tokens.
 */
export type Sessions = Readonly<{
  /** Creates a session in the caller's transaction. It always has a new ID, which prevents session fixation. */
  create(tx: Transaction, userId: string, origin: Origin): Promise<NewSession>
  /** Records that the session's password was just checked. */
  notePasswordChecked(tx: Transaction, sessionId: string): Promise<void>
  /** The viewer of a cookie's token, or null: unknown, expired, ended, or of a deactivated user. */
  validate(token: string): Promise<PersonViewer | null>
  /** Whether a session is still valid. */
  isValid(sessionId: string): Promise<boolean>
  /** Those of many sessions that are still valid, by one statement. */
  findValid(sessionIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Ends one session everywhere when the caller's transaction commits. False if it had already ended. */
  end(tx: Database | Transaction, sessionId: string): Promise<boolean>
  /** Ends every session of a user, optionally except the current one. Returns their IDs. */
  endAllOf(tx: Database | Transaction, userId: string, except?: string): Promise<string[]>
  /** Deletes expired sessions. */
  deleteExpired(): Promise<void>
  /** The token in a Cookie header, or null. */
  readCookie(header: string | null | undefined): string | null
  /** The Set-Cookie value that stores the token. */
  cookieFor(token: Secret): string
  /** The Set-Cookie value that removes the cookie. */
  expiredCookie(): string
}>

type SessionsOptions = Readonly<{
  database: Database
  /** Looks up a session, with every request. Default: through Prisma. */
  readRows?: ReadRows
  clock: Clock
  /** True behind TLS: the cookie is then Secure, and its name has a prefix that keeps other hosts from setting it. */
  secureCookies: boolean
}>

/** Days without use after which a session expires. Use in the second half renews it. */
export const SESSION_DAYS = 30

// Precise enough for a list of sessions, so most requests write nothing.
const LAST_USE_PRECISION_MS = 10 * 60_000

export function createSessions({ database, readRows, clock, secureCookies }: SessionsOptions): Sessions {
  const cookieName = sessionCookieName(secureCookies)
  const luciaOver = (client: Database | Transaction, read?: ReadRows) =>
    new Lucia(createSessionAdapter(client, clock, read), {
      sessionExpiresIn: new TimeSpan(SESSION_DAYS, 'd'),
      // The table decides when a session expires. The cookie outlives it, so renewals don't need to set it again.
      sessionCookie: { name: cookieName, expires: false, attributes: { secure: secureCookies, sameSite: 'lax' } },
      getUserAttributes: ({ role, isActive }) => ({ role, isActive }),
      getSessionAttributes: ({ lastUsedAt }) => ({ lastUsedAt }),
    })
  const lucia = luciaOver(database, readRows)

  async function noteUse(sessionId: string, lastUsedAt: Date | null): Promise<void> {
    const now = clock.now()
    if (lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < LAST_USE_PRECISION_MS) return
    // updateMany: a session may have ended meanwhile, which is not an error.
    await database.session.updateMany({ where: { id: sessionId }, data: { lastUsedAt: now } })
  }

  async function findValid(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await database.$queryRaw<{ id: string }[]>`
      SELECT session.id
      FROM sessions AS session
      JOIN users AS account ON account.id = session."userId"
      WHERE session.id = ANY(${[...sessionIds]}) AND session."expiresAt" > ${clock.now()} AND account."isActive"
        AND session.epoch = session_epoch()`
    return new Set(rows.map(({ id }) => id))
  }

  return {
    async create(tx, userId, { ipAddress, userAgent }) {
      const session = await luciaOver(tx).createSession(userId, { ipAddress, userAgent, lastUsedAt: clock.now() })
      return { token: new Secret(session.id), sessionId: sessionIdOf(session.id) }
    },

    async notePasswordChecked(tx, sessionId) {
      // updateMany: a session may have ended meanwhile, which is not an error.
      await tx.session.updateMany({ where: { id: sessionId }, data: { passwordCheckedAt: clock.now() } })
    },

    async validate(token) {
      const { session, user } = await lucia.validateSession(token)
      if (session === null || !user.isActive) return null
      await noteUse(sessionIdOf(token), session.lastUsedAt)
      return { kind: 'person', userId: user.id, role: user.role, sessionId: sessionIdOf(token) }
    },

    isValid: async (sessionId) => (await findValid([sessionId])).has(sessionId),
    findValid,

    async end(tx, sessionId) {
      return (await endSessions(tx, { sessionId })).length > 0
    },

    endAllOf(tx, userId, except) {
      return endSessions(tx, except === undefined ? { userId } : { userId, except })
    },

    deleteExpired: () => lucia.deleteExpiredSessions(),
    readCookie: (header) => readSessionCookie(header, cookieName),
    cookieFor: (token) => lucia.createSessionCookie(token.reveal()).serialize(),
    expiredCookie: () => lucia.createBlankSessionCookie().serialize(),
  }
}
