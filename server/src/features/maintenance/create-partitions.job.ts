import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type MakePartitionsDeps, makePartitionsAhead } from './create-partitions.ts'

/** Every night, so that no month begins without its partition. Tables in use may turn it away: it tries for long. */
export const makePartitionsJob = defineJob({
  name: 'make-partitions',
  payload: z.strictObject({}),
  maxAttempts: 10,
  retryDelaySeconds: 30,
  run: async (deps: MakePartitionsDeps) => {
    await makePartitionsAhead(deps)
    return {}
  },
})
