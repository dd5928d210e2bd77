import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type TidyMessagesDeps, tidyMessages } from './delete-expired-messages.ts'

/** Every night: the delivery log reaches thirty days back. */
export const tidyMessagesJob = defineJob({
  name: 'tidy-messages',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: TidyMessagesDeps) => ({ removed: await tidyMessages(deps) }),
})
