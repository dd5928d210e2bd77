import { z } from 'zod'
import { databaseFailureOf } from '../database/failure.ts'
import { ChurchHubError } from '../errors.ts'
import type { JobPayload } from './queue.ts'

const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)

/**
 * What a job may carry in and give back: ids, codes, numbers. A sentence is refused, because it may be somebody's, and
 * jobs are readable by whoever reads the database.
 */
const idsAndCodesSchema = z.record(code, z.union([z.uuid(), code, z.number(), z.boolean()]))

export type IdsAndCodes = Readonly<z.infer<typeof idsAndCodesSchema>>

/** The ids and codes in what stands on record, and nothing else, whoever wrote it there. */
export function idsAndCodesIn(recorded: unknown): IdsAndCodes {
  if (typeof recorded !== 'object' || recorded === null) return {}
  const entries = Object.entries(recorded).filter(
    ([name, value]) => idsAndCodesSchema.safeParse({ [name]: value }).success,
  )
  return idsAndCodesSchema.parse(Object.fromEntries(entries))
}

/** What a job knows of its own run. After `signal` is aborted, another worker may hold the job. */
export type JobRun = Readonly<{ jobId: string; attempt: number; signal: AbortSignal }>

/**
 * A kind of job. It may run more than once, also at the same time as itself: after a crash, after a lost connection.
 * So each job is idempotent.
 */
export type Job<Deps> = Readonly<{
  name: string
  maxAttempts: number
  /** The wait before the second attempt in seconds; later ones double. */
  retryDelaySeconds: number
  /** How many are claimed, and settled, in one statement. */
  batchSize: number
  /** A batch that takes longer counts as failed. */
  expireSeconds: number
  /** Checks a payload at both ends. Throws InvalidPayloadError. */
  parsePayload(payload: unknown): JobPayload
  /** Runs the job once; what it returns is its result, as codes. */
  runOnce(deps: Deps, payload: unknown, run: JobRun): Promise<IdsAndCodes>
}>

/** The payload is not one of this job: trying again can't help. */
export class InvalidPayloadError extends ChurchHubError {
  constructor(job: string) {
    super('INTERNAL', `The payload is not valid for the job ${job}.`)
  }
}

/** Names a job and says how it is run; what is left out has a sensible default. */
export function defineJob<Deps, Payload extends JobPayload>(
  job: Readonly<{
    name: string
    payload: z.ZodType<Payload>
    maxAttempts: number
    retryDelaySeconds?: number
    batchSize?: number
    expireSeconds?: number
    run(deps: Deps, payload: Payload, run: JobRun): Promise<IdsAndCodes>
  }>,
): Job<Deps> {
  const { name, maxAttempts, retryDelaySeconds = 5, batchSize = 20, expireSeconds = 300 } = job
  const parsePayload = (payload: unknown): Payload => {
    const parsed = job.payload.safeParse(payload)
    if (!parsed.success || !idsAndCodesSchema.safeParse(payload).success) throw new InvalidPayloadError(name)
    return parsed.data
  }
  return {
    name,
    maxAttempts,
    retryDelaySeconds,
    batchSize,
    expireSeconds,
    parsePayload,
    runOnce: async (deps, payload, run) => idsAndCodesSchema.parse(await job.run(deps, parsePayload(payload), run)),
  }
}

/** The one word that a record keeps of an error. The error itself goes to the log. */
export function errorCodeOf(error: unknown): string {
  if (error instanceof InvalidPayloadError) return 'INVALID_PAYLOAD'
  if (error instanceof ChurchHubError) return error.code
  return databaseFailureOf(error) === null ? 'INTERNAL' : 'UNAVAILABLE'
}
