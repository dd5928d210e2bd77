import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type DeleteExpiredSessionsDeps, deleteExpiredSessions } from './delete-expired-sessions.ts'

/** Runs hourly. */
export const deleteExpiredSessionsJob = defineJob({
  name: 'tidy-sign-in',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: DeleteExpiredSessionsDeps) => {
    await deleteExpiredSessions(deps)
    return {}
  },
})
