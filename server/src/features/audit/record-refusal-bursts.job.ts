import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type RecordRefusalBurstsDeps, recordRefusalBursts } from './record-refusal-bursts.ts'

/** Records pending refusal counts. No retry: the next run, a minute later, covers a failure. */
export const recordRefusalBurstsJob = defineJob({
  name: 'record-bursts',
  payload: z.strictObject({}),
  maxAttempts: 1,
  batchSize: 1,
  run: (deps: RecordRefusalBurstsDeps) => recordRefusalBursts(deps),
})
