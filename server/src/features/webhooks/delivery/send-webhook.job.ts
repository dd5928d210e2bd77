import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type SendWebhookDeps, sendWebhook } from './send-webhook.ts'

/**
 * Makes one delivery attempt. The message's own schedule enqueues the next one; the queue's retries only cover workers that
 * die.
 */
export const sendWebhookJob = defineJob({
  name: 'send-webhook',
  payload: z.strictObject({ messageId: z.uuid(), attempt: z.int().nonnegative() }),
  maxAttempts: 20,
  // Two rounds of four, with at most ten seconds per attempt, so a hanging receiver delays the others only briefly.
  batchSize: 8,
  expireSeconds: 120,
  run: async (deps: Omit<SendWebhookDeps, 'random'>, payload) => ({
    outcome: await sendWebhook({ ...deps, random: Math.random }, payload),
  }),
})
