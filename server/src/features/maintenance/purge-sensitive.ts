import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { purgeDeliveries } from '../bookings/calcom/purge-deliveries.ts'
import { purgeChanges } from '../bookings/change-feed/purge-changes.ts'
import { type EmptiedPart, emptyBookings } from '../bookings/retention/empty-bookings.ts'
import { purgeJobs } from '../jobs/purge-jobs.ts'
import { retentionOf } from '../retention/model.ts'
import { readRetention } from '../settings/read-retention.ts'
import { purgeExpiredSummaries } from '../summaries/retention/purge-expired-summaries.ts'

export type PurgeDeps = Readonly<{ database: Database; clock: Clock }> & Parameters<typeof emptyBookings>[0]

/** The number of rows deleted and bookings emptied by one run. */
export type Purged = Readonly<{
  summaries: number
  bookings: number
  deliveries: number
  changes: number
  jobs: number
}>

const batch = 200
/** The number of days within which a disconnected client can catch up from its cursor. */
const changesRetentionDays = 90
/** The number of days for which admins see how a job ended. */
const jobsRetentionDays = 90

/**
 * Deletes data whose retention period has passed, in batches that commit separately, so an interrupted run loses no work.
 * Stops between batches when `signal` is aborted.
 *
 * @throws AuditUnavailableError; whatever can't be recorded in the audit log is not deleted
 */
export async function purgeSensitive(deps: PurgeDeps, signal?: AbortSignal): Promise<Purged> {
  const days = retentionOf(await readRetention(deps.database))
  const empty = (part: EmptiedPart, retentionDays: number) =>
    untilDone(() => emptyBookings(deps, { part, batch, retentionDays }), signal)
  return {
    summaries: await untilDone(() => purgeExpiredSummaries(deps, batch), signal),
    // Emptying a booking's people also deletes what they wrote, so they come first.
    bookings:
      (await empty('people', days.people)) +
      (await empty('answers', days.answers)) +
      (await empty('responses', days.answers)),
    deliveries: await untilDone(() => purgeDeliveries(deps, { batch, retentionDays: days.deliveries }), signal),
    changes: await untilDone(() => purgeChanges(deps, { batch, retentionDays: changesRetentionDays }), signal),
    jobs: await untilDone(() => purgeJobs(deps, { batch, retentionDays: jobsRetentionDays }), signal),
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
