import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Withdrawals } from '../../core/restore/withdrawals.ts'
import { endTokens } from '../../core/tokens/end-tokens.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { NotFoundError } from '../../platform/errors.ts'
import { visibleToken } from './reads.ts'

type RevokeDeps = Readonly<{ database: Database; clock: Clock; withdrawals: Withdrawals }>

/**
 * Revokes a token immediately on every node, including its open streams and sockets. Idempotent; recorded once.
 *
 * @throws NotFoundError if the token doesn't exist or the viewer can't read it
 */
export async function revokeApiToken(
  { database, clock, withdrawals }: RevokeDeps,
  viewer: PersonViewer,
  origin: Origin,
  tokenId: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    const token = await tx.apiToken.findUnique({ where: visibleToken(viewer, tokenId), select: { userId: true } })
    if (token === null) throw new NotFoundError()
    const ended = await endTokens(tx, { tokenId }, clock.now())
    if (ended.length > 0) await withdrawals.record(tx, { kind: 'token_revoked', tokenId })
    await recordAudit(
      tx,
      ended.map((resourceId) => ({
        action: 'token.revoked',
        resource: 'api_token',
        resourceId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        subjectUserId: token.userId,
        metadata: { reason: 'requested' },
      })),
    )
  })
}
