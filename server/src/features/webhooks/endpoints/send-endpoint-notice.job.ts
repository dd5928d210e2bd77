import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { notices } from './notice.model.ts'
import { type SendNoticeDeps, sendEndpointNotice } from './send-endpoint-notice.ts'

/** Emails the owner of a failing endpoint. Retries for several hours if the mail server is unavailable. */
export const sendEndpointNoticeJob = defineJob({
  name: 'send-endpoint-notice',
  payload: z.strictObject({ endpointId: z.uuid(), notice: z.enum(notices) }),
  maxAttempts: 20,
  retryDelaySeconds: 10,
  run: async (deps: SendNoticeDeps, payload) => ({ isSent: await sendEndpointNotice(deps, payload) }),
})
