import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type SendMailLinkDeps, sendMailLink } from './send-mail-link.ts'

/** Mails an invitation or a link to set a new password. Tries for some fifteen minutes while the mail server is away. */
export const sendMailLinkJob = defineJob({
  name: 'send-mail-link',
  payload: z.strictObject({ linkId: z.uuid() }),
  maxAttempts: 10,
  retryDelaySeconds: 2,
  run: async (deps: SendMailLinkDeps, { linkId }) => ({ isSent: await sendMailLink(deps, linkId) }),
})
