import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { notices } from './notice.model.ts'
import { type SendNoticeDeps, sendEndpointNotice } from './send-endpoint-notice.ts'

/** Mails the owner of an endpoint that fails. Tries for some hours while the mail server is away. */
export const sendEndpointNoticeJob = defineJob({
  name: 'send-endpoint-notice',
  payload: z.strictObject({ endpointId: z.uuid(), notice: z.enum(notices) }),
  maxAttempts: 20,
  retryDelaySeconds: 10,
  run: async (deps: SendNoticeDeps, payload) => ({ isSent: await sendEndpointNotice(deps, payload) }),
})
