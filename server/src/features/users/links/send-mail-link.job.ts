import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type SendMailLinkDeps, sendMailLink } from './send-mail-link.ts'

/** Emails an invitation or a password reset link. Retries for about 15 minutes if the mail server is unavailable. */
export const sendMailLinkJob = defineJob({
  name: 'send-mail-link',
  payload: z.strictObject({ linkId: z.uuid() }),
  maxAttempts: 10,
  retryDelaySeconds: 2,
  run: async (deps: SendMailLinkDeps, { linkId }) => ({ isSent: await sendMailLink(deps, linkId) }),
})
