import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type DropAuditPartitionsDeps, dropAuditPartitions } from './drop-audit-partitions.ts'

/**
 * Applies the retention of the audit log. Fails on a lock timeout when the tables are in use, so it may need several
 * attempts.
 */
export const dropAuditPartitionsJob = defineJob({
  name: 'drop-audit-partitions',
  payload: z.strictObject({}),
  maxAttempts: 5,
  retryDelaySeconds: 60,
  batchSize: 1,
  run: (deps: DropAuditPartitionsDeps) => dropAuditPartitions(deps),
})
