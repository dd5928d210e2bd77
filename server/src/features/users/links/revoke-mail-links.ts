import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'

/** Makes every link void that was mailed to a user and not used, and every one that is still to be mailed. */
export async function revokeMailLinks(
  tx: Transaction,
  { clock }: Readonly<{ clock: Clock }>,
  userId: string,
): Promise<void> {
  await tx.mailLink.updateMany({ where: { userId, usedAt: null }, data: { usedAt: clock.now() } })
}
