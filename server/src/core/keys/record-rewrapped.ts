import type { Transaction } from '../../platform/database/client.ts'
import { recordAudit } from '../audit/record.ts'

/**
 * Puts on record that the master key was changed, in the transaction that puts the data keys under the new one. Whoever
 * starts a server has no account: the system did it.
 *
 * @throws AuditUnavailableError; then the keys stay under the one before
 */
export async function recordRewrapped(tx: Transaction, keyIds: readonly string[]): Promise<void> {
  await recordAudit(tx, [
    {
      action: 'key.rewrapped',
      resource: 'data_key',
      resourceId: null,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: { keyIds: [...keyIds] },
    },
  ])
}
