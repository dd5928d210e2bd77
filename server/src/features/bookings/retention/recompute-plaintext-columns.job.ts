import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type RecomputeDeps, recomputePlaintextColumns } from './recompute-plaintext-columns.ts'

const renamed = z.strictObject({ userId: z.uuid(), eventTypeId: z.int() })

/** Runs every minute for bookings marked stale by an upgrade, and immediately when a pastor renames an event type. */
export const recomputePlaintextColumnsJob = defineJob({
  name: 'renew-columns',
  payload: z.union([renamed, z.strictObject({})]),
  maxAttempts: 5,
  retryDelaySeconds: 30,
  batchSize: 1,
  expireSeconds: 1_800,
  run: async (deps: RecomputeDeps, payload, { signal }) =>
    recomputePlaintextColumns(deps, renamed.safeParse(payload).data ?? null, signal),
})
