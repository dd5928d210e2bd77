import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type CreatePartitionsDeps, createPartitions } from './create-partitions.ts'

/**
 * Runs nightly, so that every month has its partition before it begins. Lock timeouts on busy tables make it fail, so it has
 * many attempts.
 */
export const createPartitionsJob = defineJob({
  name: 'make-partitions',
  payload: z.strictObject({}),
  maxAttempts: 10,
  retryDelaySeconds: 30,
  run: async (deps: CreatePartitionsDeps) => {
    await createPartitions(deps)
    return {}
  },
})
