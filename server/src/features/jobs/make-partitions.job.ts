import { z } from 'zod'
import type { Database } from '../../platform/database/client.ts'
import { makePartitions } from '../../platform/database/partitions.ts'
import { defineJob } from './model.ts'

const monthsAhead = 3

/** Makes the partitions of the months ahead. It gives way to tables in use, so it may take a few attempts. */
export const makePartitionsJob = defineJob({
  name: 'make-partitions',
  payload: z.strictObject({}),
  maxAttempts: 10,
  retryDelaySeconds: 30,
  run: async ({ database }: Readonly<{ database: Database }>) => {
    await makePartitions(database, { monthsAhead })
    return {}
  },
})
