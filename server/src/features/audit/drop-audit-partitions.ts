import { dropSealedPartition, listAuditPartitions } from '../../core/audit/seal/drop-partition.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import type { Log } from '../../platform/logging/log.ts'
import { oldestKeptMonth } from '../retention/audit.model.ts'
import { readSetting } from '../settings/reads.ts'

export type DropAuditPartitionsDeps = Readonly<{
  database: Database
  vault: Pick<Vault, 'mac'>
  clock: Clock
  log: Pick<Log, 'error'>
}>

const retentionKey = 'audit.retentionMonths'

/**
 * Drops the monthly partitions of the audit log that are older than the setting `audit.retentionMonths`, oldest first. A
 * partition is dropped only if it is completely sealed and its seals verify. If the setting is missing or invalid, nothing
 * is dropped.
 *
 * @returns how many were dropped, and how many are due but could not be
 */
export async function dropAuditPartitions(deps: DropAuditPartitionsDeps): Promise<{ dropped: number; kept: number }> {
  const { value: months, isSound } = await readSetting(deps.database, retentionKey)
  if (!isSound)
    deps.log.error({ key: retentionKey }, 'the retention setting is not a number of months: no partition is dropped')
  if (months === null) return { dropped: 0, kept: 0 }
  const now = deps.clock.now()
  const oldestKept = oldestKeptMonth(now, months)
  const due = (await listAuditPartitions(deps.database)).filter(({ until }) => until <= oldestKept)
  let dropped = 0
  for (const [index, partition] of due.entries()) {
    const outcome = await dropSealedPartition(deps, partition)
    if (outcome === 'dropped') dropped += 1
    if (outcome === 'dropped' || outcome === 'empty') continue
    deps.log.error(
      { partition: partition.name, outcome },
      "can't drop a month of the audit log: run npm run audit:verify",
    )
    return { dropped, kept: due.length - index }
  }
  return { dropped, kept: 0 }
}
