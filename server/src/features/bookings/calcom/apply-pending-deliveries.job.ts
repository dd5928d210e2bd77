import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type ApplyPendingDeps, applyPendingDeliveries } from './apply-pending-deliveries.ts'

/** Tries again what Cal.com delivered and could not be applied when it came. */
export const applyPendingDeliveriesJob = defineJob({
  name: 'apply-waiting-deliveries',
  payload: z.strictObject({}),
  maxAttempts: 5,
  // Each run tries all there is: several at once would only wait for each other.
  batchSize: 1,
  run: async (deps: ApplyPendingDeps) => {
    const { tried, settled } = await applyPendingDeliveries(deps)
    return { tried, settled }
  },
})
