import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { purgeDeliveries } from '../bookings/calcom/purge-deliveries.ts'
import { purgeChanges } from '../bookings/change-feed/purge-changes.ts'
import { type EmptiedPart, emptyBookings } from '../bookings/retention/empty-bookings.ts'
import { retentionOf } from '../retention/model.ts'
import { readRetention } from '../settings/read-retention.ts'
import { purgeExpiredSummaries } from '../summaries/retention/purge-expired-summaries.ts'

export type PurgeDeps = Readonly<{ database: Database; clock: Clock }>

/** How many of each kind a run has deleted, and how many bookings it has emptied. */
export type Purged = Readonly<{ summaries: number; bookings: number; deliveries: number; changes: number }>

const batch = 200
/** Days that a client may have been away and still catch up. */
const changesRetentionDays = 90

/**
 * Deletes what retention says is over, in batches that each commit by themselves: whoever kills it midway loses nothing,
 * and the next run goes on. Stops between two batches when `signal` is aborted.
 *
 * @throws AuditUnavailableError: what can't be put on record is not deleted
 */
export async function purgeSensitive(deps: PurgeDeps, signal?: AbortSignal): Promise<Purged> {
  const days = retentionOf(await readRetention(deps.database))
  const empty = (part: EmptiedPart, retentionDays: number) =>
    untilDone(() => emptyBookings(deps, { part, batch, retentionDays }), signal)
  return {
    summaries: await untilDone(() => purgeExpiredSummaries(deps, batch), signal),
    // People first: what they wrote goes with them.
    bookings:
      (await empty('people', days.people)) +
      (await empty('answers', days.answers)) +
      (await empty('responses', days.answers)),
    deliveries: await untilDone(() => purgeDeliveries(deps, { batch, retentionDays: days.deliveries }), signal),
    changes: await untilDone(() => purgeChanges(deps, { batch, retentionDays: changesRetentionDays }), signal),
  }
}

async function untilDone(purge: () => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let all = 0
  while (!signal?.aborted) {
    const count = await purge()
    all += count
    if (count < batch) break
  }
  return all
}
