import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type FanOutDeps, fanOutChanges } from './fan-out-changes.ts'

/** Every minute: what no notice told of. */
export const fanOutChangesJob = defineJob({
  name: 'fan-out-changes',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: FanOutDeps) => ({ made: await fanOutChanges(deps, { everybody: true }) }),
})
