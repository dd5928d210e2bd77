import { AuditUnavailableError } from '../../../core/audit/errors.ts'
import type { Database, Transaction } from '../../../platform/database/client.ts'
import { databaseFailureOf } from '../../../platform/database/failure.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { Applied, ApplyDeps } from '../write/apply-events.ts'
import { readPendingDeliveries, readPendingIds } from './pending-deliveries.reads.ts'
import { applyPendingDelivery, applyPendingForBooking } from './pending-deliveries.ts'

export type ApplyPendingDeps = ApplyDeps & Readonly<{ database: Database; log: Pick<Log, 'error'> }>

/** How many deliveries were tried, and how many of them found their booking. */
export type AppliedPending = Readonly<{ tried: number; settled: number }>

/**
 * Tries again what was kept: for an organizer who had no account, for a booking that was not there, or because something
 * failed. Call it when a user is made or changed, and from time to time. Each delivery in a transaction of its own, so
 * that one that still fails holds up no other; those that fail stay as they are.
 *
 * @throws AuditUnavailableError, or what the database throws when it is away: then the rest waits as well
 */
export async function applyPendingDeliveries(deps: ApplyPendingDeps): Promise<AppliedPending> {
  const ids = await readPendingIds(deps.database)
  let settled = 0
  for (const id of ids) {
    try {
      const applied = await runTransaction(deps.database, (tx) => applyOne(tx, deps, id))
      if (applied?.outcome === 'applied' || applied?.outcome === 'stale') settled += 1
    } catch (error) {
      // Of these the next one would fail of the same: the job is tried again a little later.
      if (databaseFailureOf(error) === 'unavailable' || error instanceof AuditUnavailableError) throw error
      deps.log.error({ err: error, deliveryId: id }, 'a kept delivery can still not be applied')
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
