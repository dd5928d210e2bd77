import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type SealAuditLogDeps, sealAuditLog } from './seal-audit-log.ts'

/** Seals the closed part of the audit log. No retry: the next run, a minute later, covers a failure. */
export const sealAuditLogJob = defineJob({
  name: 'seal-audit-log',
  payload: z.strictObject({}),
  maxAttempts: 1,
  batchSize: 1,
  run: (deps: SealAuditLogDeps) => sealAuditLog(deps),
})
