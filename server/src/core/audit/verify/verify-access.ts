import type { Database } from '../../../platform/database/client.ts'
import type { Finding } from './findings.ts'

/**
 * Yields a finding for each valid session and API token without an entry in the log: somebody inserted it into the
 * database, or the log was rolled back. Those older than the oldest retained month are exempt, because their entries
 * were dropped.
 *
 * @param droppedUntil - the end of the newest month dropped by retention, by its receipts; null if none
 */
export async function* verifyAccess(database: Database, droppedUntil: Date | null): AsyncGenerator<Finding> {
  const since = droppedUntil ?? new Date(0)
  const rows = await database.$queryRaw<{ what: string; id: string }[]>`
    SELECT 'session' AS what, s.id FROM sessions s
    WHERE s."expiresAt" > now() AND s."createdAt" >= ${since}::timestamptz AND NOT EXISTS (
      SELECT FROM audit_logs l WHERE l.action = 'session.signed_in' AND l."resourceId" = s.id AND l."userId" = s."userId")
    UNION ALL
    SELECT 'API token', t.id::text FROM api_tokens t
    WHERE t."expiresAt" > now() AND t."revokedAt" IS NULL AND t."createdAt" >= ${since}::timestamptz AND NOT EXISTS (
      SELECT FROM audit_logs l
      WHERE l.action = 'token.created' AND l."resourceId" = t.id::text AND l."userId" = t."userId")
    UNION ALL
    SELECT 'API token', t.id::text FROM api_tokens t
    WHERE t."expiresAt" > now() AND t."revokedAt" IS NULL AND EXISTS (
      SELECT FROM audit_logs l WHERE l.action = 'token.revoked' AND l."resourceId" = t.id::text)
    UNION ALL
    SELECT 'session', s.id FROM sessions s
    WHERE s."expiresAt" > now() AND EXISTS (
      SELECT FROM audit_logs l WHERE l.action IN ('session.signed_out', 'session.revoked') AND l."resourceId" = s.id)`
  for (const { what, id } of rows) {
    yield {
      kind: 'access',
      row: null,
      seal: null,
      detail: `the ${what} ${id} is valid, but by the log it was never created or has ended`,
    }
  }
}
