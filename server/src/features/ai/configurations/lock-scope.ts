import type { Transaction } from '../../../platform/database/client.ts'

/** Locks the configurations of a scope until the end of the transaction. Otherwise two could become active at once. */
export async function lockScope(tx: Transaction, userId: string | null): Promise<void> {
  const scope = `ai_configurations:${userId ?? 'church'}`
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${scope}, 0))::text`
}
