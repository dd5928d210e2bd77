import type { Origin } from '../../../core/access/viewer.ts'
import type { AuditMetadata } from '../../../core/audit/actions.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { endTokens } from '../../../core/tokens/end-tokens.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'

export type TokenRevocation = Readonly<{
  userId: string
  reason: AuditMetadata<'token.revoked'>['reason']
  actor: Readonly<{ userId: string; origin: Origin }>
}>

/**
 * Revokes all tokens of a user on every node and records each. They stay revoked if the user is reactivated, because they
 * may have leaked in the meantime.
 */
export async function revokeTokensOf(
  tx: Transaction,
  { clock }: Readonly<{ clock: Clock }>,
  { userId, reason, actor }: TokenRevocation,
): Promise<void> {
  const ended = await endTokens(tx, { userId }, clock.now())
  await recordAudit(
    tx,
    ended.map((tokenId) => ({
      action: 'token.revoked',
      resource: 'api_token',
      resourceId: tokenId,
      userId: actor.userId,
      bookingId: null,
      origin: actor.origin,
      subjectUserId: userId,
      metadata: { reason },
    })),
  )
}
