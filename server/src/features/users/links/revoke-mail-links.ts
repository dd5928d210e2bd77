import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'

/** Revokes a user's unused links, including those not emailed yet. */
export async function revokeMailLinks(
  tx: Transaction,
  { clock }: Readonly<{ clock: Clock }>,
  userId: string,
): Promise<void> {
  await tx.mailLink.updateMany({ where: { userId, usedAt: null }, data: { usedAt: clock.now() } })
}
