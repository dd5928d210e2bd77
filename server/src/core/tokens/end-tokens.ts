import type { Database, Transaction } from '../../platform/database/client.ts'

/** Which tokens to revoke: one of them, or all of a user. */
export type RevokedTokens = Readonly<{ tokenId: string } | { userId: string }>

/**
 * Revokes tokens and, in the same statement, tells every node about each of them on the channel `token_ended`, so that
 * the notice is released by the commit and never without it. Returns their ids; those revoked before are not among them.
 */
export async function endTokens(tx: Database | Transaction, which: RevokedTokens, now: Date): Promise<string[]> {
  const tokenId = 'tokenId' in which ? which.tokenId : null
  const userId = 'userId' in which ? which.userId : null
  const ended = await tx.$queryRaw<{ id: string }[]>`
    WITH ended AS (
      UPDATE api_tokens SET "revokedAt" = ${now}::timestamptz
      WHERE (id = ${tokenId}::uuid OR "userId" = ${userId}::uuid) AND "revokedAt" IS NULL
      RETURNING id
    )
    SELECT id, pg_notify('token_ended', id::text)::text AS notice FROM ended`
  return ended.map(({ id }) => id)
}
