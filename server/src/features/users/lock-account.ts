import type { Transaction } from '../../platform/database/client.ts'

/**
 * Locks an account until the end of the transaction. Call it before reading or changing anything about the account: starting
 * a session and revoking access both take this lock, so neither can slip in between. False if the user doesn't exist.
 */
export async function lockAccount(tx: Transaction, userId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT FROM users WHERE id = ${userId}::uuid FOR UPDATE`
  return rows.length > 0
}
