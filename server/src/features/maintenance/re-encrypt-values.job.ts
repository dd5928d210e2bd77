import { z } from 'zod'
import { defineJob } from '../../platform/jobs/job.ts'
import { type ReEncryptSliceDeps, reEncryptSlice } from './re-encrypt-slice.ts'

const column = z.enum([
  'bookings.encryptedIntakeData',
  'calendar_connections.accessToken',
  'calendar_connections.refreshToken',
  'context_summaries.encryptedSummary',
  'form_responses.encryptedData',
  'system_settings.value',
  'webhook_deliveries.sealedBody',
  'webhook_endpoints.sealedTarget',
])
const cursor = z.strictObject({ column, partition: z.string().regex(/^[a-z0-9_]+$/), after: z.uuid() })

/**
 * Re-encrypts values under retired data keys slice by slice, then destroys the keys that are no longer used. Runs after each
 * rotation, and daily to resume interrupted passes.
 */
export const reEncryptValuesJob = defineJob({
  name: 'reseal-values',
  // The position where the last slice ended; empty for a new pass.
  payload: z.union([cursor, z.strictObject({})]),
  maxAttempts: 10,
  retryDelaySeconds: 30,
  batchSize: 1,
  expireSeconds: 1_800,
  run: async (deps: ReEncryptSliceDeps, payload, { signal }) =>
    reEncryptSlice(deps, cursor.safeParse(payload).data ?? null, signal),
})
