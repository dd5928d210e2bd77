import type { Adapter, DatabaseSession, Lucia } from 'lucia'
import type { Clock } from '../../platform/clock.ts'
import { type Database, Prisma, type ReadRows, type Transaction } from '../../platform/database/client.ts'
import type { Origin, Role } from '../access/viewer.ts'
import { sessionIdOf } from './token.ts'

type Account = { role: Role; isActive: boolean }

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<{ lastUsedAt: Date | null }, Account>
    DatabaseSessionAttributes: Origin & { lastUsedAt: Date | null }
    DatabaseUserAttributes: Account
  }
}

type SessionRow = Readonly<{
  userId: string
  expiresAt: Date
  ipAddress: string | null
  userAgent: string | null
  lastUsedAt: Date | null
  role: Role
  isActive: boolean
}>

/**
 * Lucia's adapter for the tables `sessions` and `users`. Lucia's session ID is the token in the cookie; every method
 * hashes it first, so the token itself is never stored.
 *
 * Lucia always uses the system time. To let tests control it, times are shifted between the table, which follows
 * `clock`, and Lucia.
 *
 * @param readRows - looks up a session, with every request. Not for a transaction, whose own reads it wouldn't see
 */
export function createSessionAdapter(
  database: Database | Transaction,
  clock: Clock,
  readRows: ReadRows = (sql) => database.$queryRaw(sql),
): Adapter {
  const toLucia = (date: Date) => new Date(date.getTime() + Date.now() - clock.now().getTime())
  const toTable = (date: Date) => new Date(date.getTime() - Date.now() + clock.now().getTime())

  return {
    async getSessionAndUser(token) {
      const byId = Prisma.sql`
        SELECT session."userId", session."expiresAt", host(session."ipAddress") AS "ipAddress", session."userAgent",
               session."lastUsedAt", account.role::text AS role, account."isActive"
        FROM sessions AS session
        JOIN users AS account ON account.id = session."userId"
        -- One of an epoch that a restore has ended is none.
        WHERE session.id = ${sessionIdOf(token)} AND session.epoch = session_epoch()`
      const [row] = await readRows<SessionRow>(byId)
      if (row === undefined) return [null, null]
      const { userId, expiresAt, ipAddress, userAgent, lastUsedAt, role, isActive } = row
      return [
        { id: token, userId, expiresAt: toLucia(expiresAt), attributes: { ipAddress, userAgent, lastUsedAt } },
        { id: userId, attributes: { role, isActive } },
      ]
    },

    async getUserSessions(userId) {
      const rows = await database.session.findMany({ where: { userId }, orderBy: { createdAt: 'desc' } })
      return rows.map(
        ({ id, expiresAt, ipAddress, userAgent, lastUsedAt }): DatabaseSession => ({
          id,
          userId,
          expiresAt: toLucia(expiresAt),
          attributes: { ipAddress, userAgent, lastUsedAt },
        }),
      )
    },

    async setSession({ id: token, userId, expiresAt, attributes }) {
      await database.session.create({
        data: {
          id: sessionIdOf(token),
          userId,
          expiresAt: toTable(expiresAt),
          createdAt: clock.now(),
          ...attributes,
        },
      })
    },

    async updateSessionExpiration(token, expiresAt) {
      // updateMany: a session may have ended meanwhile, which is not an error.
      await database.session.updateMany({ where: { id: sessionIdOf(token) }, data: { expiresAt: toTable(expiresAt) } })
    },

    async deleteSession(token) {
      await endSessions(database, { sessionId: sessionIdOf(token) })
    },

    async deleteUserSessions(userId) {
      await endSessions(database, { userId })
    },

    async deleteExpiredSessions() {
      await database.session.deleteMany({ where: { expiresAt: { lte: clock.now() } } })
    },
  }
}

/** The sessions to end: one by its ID in the database, or all of a user, optionally except one. */
export type EndedSessions = Readonly<{ sessionId: string } | { userId: string; except?: string }>

/**
 * Deletes sessions and notifies every node of each on the channel `session_ended` in the same statement, so the
 * notification is sent if and only if it commits. Returns their IDs.
 */
export async function endSessions(database: Database | Transaction, target: EndedSessions): Promise<string[]> {
  const sessionId = 'sessionId' in target ? target.sessionId : null
  const userId = 'userId' in target ? target.userId : null
  const except = 'userId' in target ? (target.except ?? null) : null
  const ended = await database.$queryRaw<{ id: string }[]>`
    WITH ended AS (
      DELETE FROM sessions
      WHERE (id = ${sessionId}::text OR "userId" = ${userId}::uuid)
        AND id IS DISTINCT FROM ${except}::text
      RETURNING id
    )
    SELECT id, pg_notify('session_ended', id)::text AS notice FROM ended`
  return ended.map(({ id }) => id)
}
