import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type SealAuditLogDeps, sealAuditLog } from './seal-audit-log.ts'

/** Seals what is closed of the audit log. A failure is made up for by the next run, a minute later. */
export const sealAuditLogJob = defineJob({
  name: 'seal-audit-log',
  payload: z.strictObject({}),
  maxAttempts: 1,
  batchSize: 1,
  run: (deps: SealAuditLogDeps) => sealAuditLog(deps),
})
