import type { Transaction } from '../../../platform/database/client.ts'

/** Takes the place of whichever configuration of a scope was active. Needs the scope's lock. */
export async function activateConfiguration(tx: Transaction, userId: string | null, exceptId: string): Promise<void> {
  await tx.aiConfiguration.updateMany({
    where: { userId, isActive: true, id: { not: exceptId } },
    data: { isActive: false },
  })
}
