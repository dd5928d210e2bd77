import type { Transaction } from '../../../platform/database/client.ts'

/** Withdraws a consent again that a restored backup brought back. Returns whether there was one. */
export async function reapplyConsentWithdrawal(
  tx: Transaction,
  { userId, configurationId, isHighOnly }: Readonly<{ userId: string; configurationId: string; isHighOnly: boolean }>,
): Promise<boolean> {
  const where = { configurationId, userId }
  const { count } = isHighOnly
    ? await tx.aiConsent.updateMany({
        where: { ...where, includesHighSensitivity: true },
        data: { includesHighSensitivity: false },
      })
    : await tx.aiConsent.deleteMany({ where })
  return count > 0
}
