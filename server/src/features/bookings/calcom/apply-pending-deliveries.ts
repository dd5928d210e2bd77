import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { Applied, ApplyDeps } from '../write/apply-events.ts'
import { readPendingDeliveries, readPendingIds } from './pending-deliveries.reads.ts'
import { applyPendingDelivery, applyPendingForBooking } from './pending-deliveries.ts'

export type ApplyPendingDeps = ApplyDeps & Readonly<{ database: Database; log: Pick<Log, 'error'> }>

/** The number of deliveries retried, and of those that were applied. */
export type AppliedPending = Readonly<{ tried: number; settled: number }>

/**
 * Retries pending deliveries: the organizer had no account, the booking didn't exist, or an error occurred. Called
 * periodically, and after a user is created or changed. Each delivery has its own transaction, so that one that fails
 * again doesn't block the others; it stays pending.
 *
 * @throws AuditUnavailableError, or the database's error if it can't be reached. The remaining deliveries stay pending.
 */
export async function applyPendingDeliveries(deps: ApplyPendingDeps): Promise<AppliedPending> {
  const ids = await readPendingIds(deps.database)
  let settled = 0
  for (const id of ids) {
    try {
      const applied = await runTransaction(deps.database, (tx) => applyOne(tx, deps, id))
      if (applied?.outcome === 'applied' || applied?.outcome === 'stale') settled += 1
    } catch (error) {
      // The next delivery would fail for the same reason. The job is retried later.
      if (databaseFailureOf(error) === 'unavailable' || error instanceof AuditUnavailableError) throw error
      deps.log.error({ err: error, deliveryId: id }, 'pending delivery still not applied')
    }
  }
  return { tried: ids.length, settled }
}

async function applyOne(tx: Transaction, deps: ApplyDeps, id: string): Promise<Applied | null> {
  const [delivery] = await readPendingDeliveries(tx, { id })
  if (delivery === undefined) return null
  const { applied, event } = await applyPendingDelivery(tx, deps, delivery)
  if (event !== null && applied?.isNew) await applyPendingForBooking(tx, deps, event)
  return applied
}
