import type { Transaction } from '../../platform/database/client.ts'

/**
 * Locks an account until the end of the transaction, before anything about it is read or changed. Whoever begins a session
 * and whoever takes the right to one away both begin here, so that none slips in between. False when there is no such user.
 */
export async function lockAccount(tx: Transaction, userId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT FROM users WHERE id = ${userId}::uuid FOR UPDATE`
  return rows.length > 0
}
