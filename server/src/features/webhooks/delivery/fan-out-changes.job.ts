import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type FanOutDeps, fanOutChanges } from './fan-out-changes.ts'

/** Runs every minute, to catch changes whose notification was lost. */
export const fanOutChangesJob = defineJob({
  name: 'fan-out-changes',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: FanOutDeps) => ({ made: await fanOutChanges(deps, { everybody: true }) }),
})
