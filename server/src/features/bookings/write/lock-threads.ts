import type { Transaction } from '../../../platform/database/client.ts'

/** Makes whoever else ties or merges threads wait. Threads meet from any side, so there is one lock for all of them. */
export async function lockThreads(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('booking threads', 0))::text`
}
