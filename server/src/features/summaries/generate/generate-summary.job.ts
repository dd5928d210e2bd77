import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type GenerateSummaryDeps, generateSummary } from './generate-summary.ts'

/** Enqueued by every change of a booking that affects its summary. */
export const generateSummaryJob = defineJob({
  name: 'generate-summary',
  payload: z.strictObject({ bookingId: z.uuid() }),
  maxAttempts: 5,
  // A provider may take a minute per summary; four run at a time.
  batchSize: 8,
  // The job's ID is the summary's ID, so a repeated job finds its own result.
  run: async (deps: GenerateSummaryDeps, { bookingId }, { jobId, signal }) => ({
    outcome: await generateSummary(deps, { bookingId, summaryId: jobId, signal }),
  }),
})
