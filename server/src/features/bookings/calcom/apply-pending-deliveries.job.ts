import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type ApplyPendingDeps, applyPendingDeliveries } from './apply-pending-deliveries.ts'

/** Retries deliveries that couldn't be applied when they arrived. */
export const applyPendingDeliveriesJob = defineJob({
  name: 'apply-waiting-deliveries',
  payload: z.strictObject({}),
  maxAttempts: 5,
  // Each run retries everything, so concurrent runs would only wait for each other.
  batchSize: 1,
  run: async (deps: ApplyPendingDeps) => {
    const { tried, settled } = await applyPendingDeliveries(deps)
    return { tried, settled }
  },
})
