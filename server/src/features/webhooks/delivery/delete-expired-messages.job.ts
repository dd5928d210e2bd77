import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type DeleteExpiredMessagesDeps, deleteExpiredMessages } from './delete-expired-messages.ts'

/** Runs nightly. */
export const deleteExpiredMessagesJob = defineJob({
  name: 'tidy-messages',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: DeleteExpiredMessagesDeps) => ({ removed: await deleteExpiredMessages(deps) }),
})
