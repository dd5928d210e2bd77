import type { Transaction } from '../../platform/database/client.ts'

/** Lets nobody else write a pastor's policies until the end of the transaction: two could each become the one in force. */
export async function lockPolicies(tx: Transaction, ownerId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('policies:' || ${ownerId}, 0))::text`
}
