import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { RunJobsDeps } from '../../../src/features/jobs/run-jobs.ts'
import { ConflictError } from '../../../src/platform/errors.ts'
import { defineJob, type Job } from '../../../src/platform/jobs/job.ts'

/** How a test wants its job kept and its workers made. */
export type TracedJobSettings = Readonly<{
  batchSize: number
  maxAttempts: number
  /** How long a worker waits between its record of a batch and telling the queue: there a kill hurts most. */
  lingerMs?: number
  superviseSeconds?: number
}>

/** What its worker prints when it takes jobs, and each time that a run begins. */
export const said = { ready: 'ready\n', working: 'working\n' } as const

/**
 * A job that leaves a trace: a row for each run, and in the middle of its time its one effect, under its own id. It bears
 * the name of a job that people see, so that the wrapper keeps its record.
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
