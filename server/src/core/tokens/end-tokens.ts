import type { Database, Transaction } from '../../platform/database/client.ts'

/** The tokens to revoke: one, or all of a user. */
export type RevokedTokens = Readonly<{ tokenId: string } | { userId: string }>

/**
 * Revokes tokens and notifies every node of each on the channel `token_ended` in the same statement, so the
 * notification is sent if and only if it commits. Returns their IDs, without those already revoked.
 */
export async function endTokens(tx: Database | Transaction, target: RevokedTokens, now: Date): Promise<string[]> {
  const tokenId = 'tokenId' in target ? target.tokenId : null
  const userId = 'userId' in target ? target.userId : null
  const ended = await tx.$queryRaw<{ id: string }[]>`
    WITH ended AS (
      UPDATE api_tokens SET "revokedAt" = ${now}::timestamptz
      WHERE (id = ${tokenId}::uuid OR "userId" = ${userId}::uuid) AND "revokedAt" IS NULL
      RETURNING id
    )
    SELECT id, pg_notify('token_ended', id::text)::text AS notice FROM ended`
  return ended.map(({ id }) => id)
}
