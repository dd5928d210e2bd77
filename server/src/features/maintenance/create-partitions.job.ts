import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type CreatePartitionsDeps, createPartitions } from './create-partitions.ts'

/** Every night, so that no month begins without its partition. Tables in use may turn it away: it tries for long. */
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
