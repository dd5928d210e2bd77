import { Lucia, TimeSpan } from 'lucia'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { Secret } from '../../platform/secret.ts'
import type { Origin, PersonViewer } from '../access/viewer.ts'
import { createSessionAdapter, endSessions } from './adapter.ts'
import { readSessionCookie, sessionCookieName, sessionIdOf } from './token.ts'

/** A session that has just begun. The token goes into the cookie and nowhere else. */
export type NewSession = Readonly<{ token: Secret; sessionId: string }>

/** Who is signed in. Lucia stays behind this. Session ids are the database's (hashes); only cookies carry tokens. */
export type Sessions = Readonly<{
  /** Begins a session, in the caller's transaction. It is always a new one, so no id known before is ever promoted. */
  create(tx: Transaction, userId: string, origin: Origin): Promise<NewSession>
  /** Notes that the password was checked in a session just now. */
  notePasswordChecked(tx: Transaction, sessionId: string): Promise<void>
  /** The viewer behind a cookie's token, or null: unknown, expired, ended, or of a deactivated user. */
  validate(token: string): Promise<PersonViewer | null>
  /** Whether a session still holds. */
  isAlive(sessionId: string): Promise<boolean>
  /** Those of many sessions that still hold, by one statement. */
  aliveAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Ends one session everywhere, with the caller's transaction. False when it had ended before. */
  end(tx: Database | Transaction, sessionId: string): Promise<boolean>
  /** Ends every session of a user, except perhaps the one in hand. Returns their ids. */
  endAllOf(tx: Database | Transaction, userId: string, except?: string): Promise<string[]>
  /** Removes the rows of sessions that have expired. */
  deleteExpired(): Promise<void>
  /** The token in a Cookie header, or null. */
  readCookie(header: string | null | undefined): string | null
  /** The Set-Cookie value that begins a session in a browser. */
  cookieFor(token: Secret): string
  /** The Set-Cookie value that removes the cookie. */
  blankCookie(): string
}>

type SessionsOptions = Readonly<{
  database: Database
  clock: Clock
  /** True behind TLS: the cookie is then never sent in clear, and named so that no other host can set it. */
  secureCookies: boolean
}>

/** Days without use after which a session ends. Use in the second half of them starts them anew. */
export const SESSION_DAYS = 30

// As precise as a list of sessions needs, and most requests write nothing.
const LAST_USE_PRECISION_MS = 10 * 60_000

export function createSessions({ database, clock, secureCookies }: SessionsOptions): Sessions {
  const cookieName = sessionCookieName(secureCookies)
  const luciaOver = (client: Database | Transaction) =>
    new Lucia(createSessionAdapter(client, clock), {
      sessionExpiresIn: new TimeSpan(SESSION_DAYS, 'd'),
      // The table decides when a session ends. The cookie outlives it, so that it need not be sent anew at each renewal.
      sessionCookie: { name: cookieName, expires: false, attributes: { secure: secureCookies, sameSite: 'lax' } },
      getUserAttributes: ({ role, isActive }) => ({ role, isActive }),
      getSessionAttributes: ({ lastUsedAt }) => ({ lastUsedAt }),
    })
  const lucia = luciaOver(database)

  async function noteUse(sessionId: string, lastUsedAt: Date | null): Promise<void> {
    const now = clock.now()
    if (lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < LAST_USE_PRECISION_MS) return
    // updateMany: a session that has ended meanwhile is no error here.
    await database.session.updateMany({ where: { id: sessionId }, data: { lastUsedAt: now } })
  }

  async function aliveAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await database.$queryRaw<{ id: string }[]>`
      SELECT session.id
      FROM sessions AS session
      JOIN users AS account ON account.id = session."userId"
      WHERE session.id = ANY(${[...sessionIds]}) AND session."expiresAt" > ${clock.now()} AND account."isActive"`
    return new Set(rows.map(({ id }) => id))
  }

  return {
    async create(tx, userId, origin) {
      const session = await luciaOver(tx).createSession(userId, { ...origin, lastUsedAt: clock.now() })
      return { token: new Secret(session.id), sessionId: sessionIdOf(session.id) }
    },

    async notePasswordChecked(tx, sessionId) {
      // updateMany: a session that has ended meanwhile is no error here.
      await tx.session.updateMany({ where: { id: sessionId }, data: { passwordCheckedAt: clock.now() } })
    },

    async validate(token) {
      const { session, user } = await lucia.validateSession(token)
      if (session === null || !user.isActive) return null
      await noteUse(sessionIdOf(token), session.lastUsedAt)
      return { kind: 'person', userId: user.id, role: user.role, sessionId: sessionIdOf(token) }
    },

    isAlive: async (sessionId) => (await aliveAmong([sessionId])).has(sessionId),
    aliveAmong,

    async end(tx, sessionId) {
      return (await endSessions(tx, { sessionId })).length > 0
    },

    endAllOf(tx, userId, except) {
      return endSessions(tx, except === undefined ? { userId } : { userId, except })
    },

    deleteExpired: () => lucia.deleteExpiredSessions(),
    readCookie: (header) => readSessionCookie(header, cookieName),
    cookieFor: (token) => lucia.createSessionCookie(token.reveal()).serialize(),
    blankCookie: () => lucia.createBlankSessionCookie().serialize(),
  }
}
