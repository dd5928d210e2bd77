import { randomUUID } from 'node:crypto'
import type { Transaction } from '../../platform/database/client.ts'
import type { AuditMetadata } from '../audit/actions.ts'
import { recordAudit } from '../audit/record.ts'

/** Why a database is considered restored. */
export type RestoreCause = AuditMetadata<'access.restored'>['cause']

export type EndAllAccess = Readonly<{
  cause: RestoreCause
  keepsPasswords: boolean
  /** SHA-256 of the SESSION_EPOCH that declares it. */
  declaration: string | null
}>

/**
 * Starts a new epoch of a database: every session ends, every API token must be confirmed by an admin, every mailed
 * link is revoked, and every password must be reset unless passwords are kept. Notifies every node.
 *
 * @returns the new epoch
 */
export async function endAllAccess(
  tx: Transaction,
  { cause, keepsPasswords, declaration }: EndAllAccess,
): Promise<string> {
  const epoch = randomUUID()
  await tx.$executeRaw`
    UPDATE database_identity SET epoch = ${epoch}, "restoredAt" = now(),
      declarations = CASE WHEN ${declaration}::text IS NULL THEN declarations ELSE declarations || ${declaration}::text END`
  const sessions = await tx.$queryRaw<unknown[]>`
    WITH ended AS (DELETE FROM sessions RETURNING id)
    SELECT pg_notify('session_ended', id)::text AS notice FROM ended`
  const tokens = await tx.$queryRaw<unknown[]>`
    SELECT pg_notify('token_ended', id::text)::text AS notice FROM api_tokens
    WHERE "revokedAt" IS NULL AND "expiresAt" > now()`
  await tx.$executeRaw`UPDATE mail_links SET "usedAt" = now() WHERE "usedAt" IS NULL`
  if (keepsPasswords) await tx.$executeRaw`UPDATE user_credentials SET epoch = ${epoch}`
  await tx.$executeRaw`SELECT pg_notify('access_restored', '')::text`
  await recordAudit(tx, [
    {
      action: 'access.restored',
      resource: 'database',
      resourceId: null,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: {
        cause,
        sessions: sessions.length,
        tokens: tokens.length,
        passwords: keepsPasswords ? 'kept' : 'reset',
      },
    },
  ])
  return epoch
}
