import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { mayConfirmTokens } from './policy.ts'
import { visibleToken } from './reads.ts'

type ConfirmDeps = Readonly<{ database: Database; clock: Clock }>

/**
 * Reactivates an API token created before a restore, and records it. Idempotent.
 *
 * @throws ForbiddenError if the viewer isn't an admin; NotFoundError if the token doesn't exist or was revoked
 */
export async function confirmApiToken(
  { database, clock }: ConfirmDeps,
  viewer: PersonViewer,
  origin: Origin,
  tokenId: string,
): Promise<void> {
  if (!mayConfirmTokens(viewer)) throw new ForbiddenError('Only an admin can confirm an API token.')
  await database.$transaction(async (tx) => {
    const token = await tx.apiToken.findUnique({ where: visibleToken(viewer, tokenId) })
    if (token === null || token.revokedAt !== null) throw new NotFoundError()
    const confirmed = await tx.$executeRaw`
      UPDATE api_tokens SET epoch = session_epoch()
      WHERE id = ${tokenId}::uuid AND "revokedAt" IS NULL AND epoch <> session_epoch()
        AND "expiresAt" > ${clock.now()}::timestamptz`
    if (confirmed === 0) return
    await recordAudit(tx, [
      {
        action: 'token.confirmed',
        resource: 'api_token',
        resourceId: tokenId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        subjectUserId: token.userId,
        metadata: {},
      },
    ])
  })
}
