import type { Transaction } from '../../platform/database/client.ts'

/** Locks a pastor's policies until the end of the transaction. Otherwise two could become active at once. */
export async function lockPolicies(tx: Transaction, ownerId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('policies:' || ${ownerId}, 0))::text`
}
