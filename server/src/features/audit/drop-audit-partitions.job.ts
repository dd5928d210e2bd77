import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type DropAuditPartitionsDeps, dropAuditPartitions } from './drop-audit-partitions.ts'

/** Retention of the audit log. Gives way to tables in use, so it may take a few attempts. */
export const dropAuditPartitionsJob = defineJob({
  name: 'drop-audit-partitions',
  payload: z.strictObject({}),
  maxAttempts: 5,
  retryDelaySeconds: 60,
  batchSize: 1,
  run: (deps: DropAuditPartitionsDeps) => dropAuditPartitions(deps),
})
