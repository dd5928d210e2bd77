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
 * After each rotation, and once a day for what was interrupted: seals what is under retired data keys anew, slice by slice,
 * and destroys the keys that nothing is left under.
 */
export const reEncryptValuesJob = defineJob({
  name: 'reseal-values',
  // The beginning of a pass, or where the last slice ended.
  payload: z.union([cursor, z.strictObject({})]),
  maxAttempts: 10,
  retryDelaySeconds: 30,
  batchSize: 1,
  expireSeconds: 1_800,
  run: async (deps: ReEncryptSliceDeps, payload, { signal }) =>
    reEncryptSlice(deps, cursor.safeParse(payload).data ?? null, signal),
})
