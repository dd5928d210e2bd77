import type { Transaction } from '../../../platform/database/client.ts'

/** Deactivates the other configurations of a scope (a pastor, or null for the church). Requires the scope's lock. */
export async function activateConfiguration(tx: Transaction, userId: string | null, exceptId: string): Promise<void> {
  await tx.aiConfiguration.updateMany({
    where: { userId, isActive: true, id: { not: exceptId } },
    data: { isActive: false },
  })
}
