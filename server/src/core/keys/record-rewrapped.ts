import type { Transaction } from '../../platform/database/client.ts'
import { recordAudit } from '../audit/record.ts'

/**
 * Records a change of the master key, in the transaction that rewraps the data keys. The actor is the system, because
 * whoever starts a server has no account.
 *
 * @throws AuditUnavailableError; then the keys stay under the previous master key
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
