import type { Transaction } from '../../platform/database/client.ts'

/** Withdraws, after a restore, a consent that the restored database still has. */
export async function reapplyConsentWithdrawal(
  tx: Transaction,
  { userId, configurationId }: Readonly<{ userId: string; configurationId: string }>,
): Promise<boolean> {
  return (await tx.aiConsent.deleteMany({ where: { configurationId, userId } })).count > 0
}
