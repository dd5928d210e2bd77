import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { RunJobsDeps } from '../../../src/features/jobs/run-jobs.ts'
import { ConflictError } from '../../../src/platform/errors.ts'
import { defineJob, type Job } from '../../../src/platform/jobs/job.ts'

/** A test's options for its job and its workers. */
export type TracedJobSettings = Readonly<{
  batchSize: number
  maxAttempts: number
  /**
   * How long a worker waits between recording a batch and reporting it to the queue: a kill does the most damage there.
   */
  lingerMs?: number
  superviseSeconds?: number
}>

/** What a worker prints when it accepts jobs, and at the start of each run. */
export const said = { ready: 'ready\n', working: 'working\n' } as const

/**
 * A job that leaves a trace: a row for each run, and halfway through its one effect, under its own ID. It has the name
 * of a job that users see, so that the wrapper keeps its record.
 */
export function tracedJob(settings: TracedJobSettings): Job<RunJobsDeps> {
  return defineJob({
    name: 'generate-summary',
    payload: z.strictObject({ milliseconds: z.int(), isPoison: z.boolean() }),
    maxAttempts: settings.maxAttempts,
    retryDelaySeconds: 1,
    batchSize: settings.batchSize,
    run: async ({ database }, { milliseconds, isPoison }, { jobId, attempt }) => {
      await database.$executeRaw`INSERT INTO runs ("jobId", attempt, pid) VALUES (${jobId}::uuid, ${attempt}, ${process.pid})`
      process.stdout.write(said.working)
      await wait(milliseconds / 2)
      if (isPoison) throw new ConflictError('This job can do nothing but fail.')
      await database.$executeRaw`INSERT INTO effects ("jobId") VALUES (${jobId}::uuid) ON CONFLICT DO NOTHING`
      await wait(milliseconds / 2)
      return { outcome: 'done' }
    },
  })
}
