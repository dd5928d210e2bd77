import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type SendWebhookDeps, sendWebhook } from './send-webhook.ts'

/**
 * One try at one message. When to try again is the message's own schedule, which enqueues the next job; the queue's retries are
 * for workers that die.
 */
export const sendWebhookJob = defineJob({
  name: 'send-webhook',
  payload: z.strictObject({ messageId: z.uuid(), attempt: z.int().nonnegative() }),
  maxAttempts: 20,
  // Two rounds of four, each ten seconds at most: a receiver that hangs keeps the others waiting no longer.
  batchSize: 8,
  expireSeconds: 120,
  run: async (deps: Omit<SendWebhookDeps, 'random'>, payload) => ({
    outcome: await sendWebhook({ ...deps, random: Math.random }, payload),
  }),
})
