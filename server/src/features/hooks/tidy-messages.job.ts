import { z } from 'zod'
import { defineJob } from '../../platform/job.ts'
import { type TidyMessagesDeps, tidyMessages } from './tidy-messages.ts'

/** Every night: the delivery log reaches thirty days back. */
export const tidyMessagesJob = defineJob({
  name: 'tidy-messages',
  payload: z.strictObject({}),
  maxAttempts: 3,
  run: async (deps: TidyMessagesDeps) => ({ removed: await tidyMessages(deps) }),
})
