import { z } from 'zod'
import { defineJob } from '../../../platform/jobs/job.ts'
import { type GenerateSummaryDeps, generateSummary } from './generate-summary.ts'

/** Enqueued by every change of a booking that its summary tells of. */
export const generateSummaryJob = defineJob({
  name: 'generate-summary',
  payload: z.strictObject({ bookingId: z.uuid() }),
  maxAttempts: 5,
  // A provider may take a minute for each; four are under way at a time.
  batchSize: 8,
  // The job's id is the summary's: a job that is run again finds what it wrote.
  run: async (deps: GenerateSummaryDeps, { bookingId }, { jobId, signal }) => ({
    outcome: await generateSummary(deps, { bookingId, summaryId: jobId, signal }),
  }),
})
