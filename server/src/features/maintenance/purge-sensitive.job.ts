import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type PurgeDeps, purgeSensitive } from './purge-sensitive.ts'

/** Runs hourly, so that expired data is deleted promptly. */
export const purgeSensitiveJob = defineJob({
  name: 'purge-sensitive',
  payload: z.strictObject({}),
  maxAttempts: 5,
  retryDelaySeconds: 30,
  batchSize: 1,
  expireSeconds: 900,
  run: async (deps: PurgeDeps, _payload, { signal }) => purgeSensitive(deps, signal),
})
