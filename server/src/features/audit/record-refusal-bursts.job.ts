import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type RecordBurstsDeps, recordBursts } from './record-bursts.ts'

/** Records what bursts of refusals have left over. A failure is made up for by the next run, a minute later. */
export const recordBurstsJob = defineJob({
  name: 'record-bursts',
  payload: z.strictObject({}),
  maxAttempts: 1,
  batchSize: 1,
  run: (deps: RecordBurstsDeps) => recordBursts(deps),
})
