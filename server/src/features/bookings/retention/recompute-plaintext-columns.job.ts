import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type RenewDeps, renewColumns } from './renew-columns.ts'

const renamed = z.strictObject({ userId: z.uuid(), eventTypeId: z.int() })

/** Every minute for what an upgrade left, and at once when a pastor renames an event type. */
export const renewColumnsJob = defineJob({
  name: 'renew-columns',
  payload: z.union([renamed, z.strictObject({})]),
  maxAttempts: 5,
  retryDelaySeconds: 30,
  batchSize: 1,
  expireSeconds: 1_800,
  run: async (deps: RenewDeps, payload, { signal }) =>
    renewColumns(deps, renamed.safeParse(payload).data ?? null, signal),
})
