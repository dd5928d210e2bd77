import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { purgeAnswers } from '../bookings/purge-answers.ts'
import { purgeChanges } from '../bookings/purge-changes.ts'
import { purgeDeliveries } from '../bookings/purge-deliveries.ts'
import { readSetting } from '../settings/reads.ts'
import { purgeExpiredSummaries } from '../summaries/purge-expired-summaries.ts'

export type PurgeDeps = Readonly<{ database: Database; clock: Clock }>

/** How many of each kind a run has deleted. */
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
  const { value: answerDays } = await readSetting(deps.database, 'answers.retentionDays')
  const { value: deliveryDays } = await readSetting(deps.database, 'deliveries.retentionDays')
  return {
    summaries: await untilDone(() => purgeExpiredSummaries(deps, batch), signal),
    bookings: await untilDone(() => purgeAnswers(deps, { batch, retentionDays: answerDays }), signal),
    deliveries: await untilDone(() => purgeDeliveries(deps, { batch, retentionDays: deliveryDays }), signal),
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
