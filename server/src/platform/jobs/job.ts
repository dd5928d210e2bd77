import { z } from 'zod'
import { databaseFailureOf } from '../database/failure.ts'
import { ChurchHubError } from '../errors.ts'
import type { JobPayload } from './queue.ts'

const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)

/**
 * The allowed payload and result of a job: IDs, codes, numbers. Free text is rejected, because it may be personal and
 * anyone with database access can read jobs.
 */
const idsAndCodesSchema = z.record(code, z.union([z.uuid(), code, z.number(), z.boolean()]))

export type IdsAndCodes = Readonly<z.infer<typeof idsAndCodesSchema>>

/** The IDs and codes of a stored record, and nothing else, whoever wrote it. */
export function idsAndCodesIn(recorded: unknown): IdsAndCodes {
  if (typeof recorded !== 'object' || recorded === null) return {}
  const entries = Object.entries(recorded).filter(
    ([name, value]) => idsAndCodesSchema.safeParse({ [name]: value }).success,
  )
  return idsAndCodesSchema.parse(Object.fromEntries(entries))
}

/** The context of a job run. Once `signal` is aborted, another worker may hold the job. */
export type JobRun = Readonly<{ jobId: string; attempt: number; signal: AbortSignal }>

/**
 * A kind of job. It may run more than once, even concurrently with itself (after a crash or a lost connection), so each
 * job is idempotent.
 */
export type Job<Deps> = Readonly<{
  name: string
  maxAttempts: number
  /** The delay before the second attempt in seconds; it doubles with each attempt. */
  retryDelaySeconds: number
  /** How many jobs are claimed and settled in one statement. */
  batchSize: number
  /** A batch that takes longer counts as failed. */
  expireSeconds: number
  /** Validates a payload when enqueued and when run. Throws InvalidPayloadError. */
  parsePayload(payload: unknown): JobPayload
  /** Runs the job once and returns its result, as codes. */
  runOnce(deps: Deps, payload: unknown, run: JobRun): Promise<IdsAndCodes>
}>

/** The payload doesn't belong to this job: a retry can't help. */
export class InvalidPayloadError extends ChurchHubError {
  constructor(job: string) {
    super('INTERNAL', `The payload is not valid for the job ${job}.`)
  }
}

/** Defines a job; omitted options have defaults. */
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

/** The error code to record. The error itself is logged. */
export function errorCodeOf(error: unknown): string {
  if (error instanceof InvalidPayloadError) return 'INVALID_PAYLOAD'
  if (error instanceof ChurchHubError) return error.code
  return databaseFailureOf(error) === null ? 'INTERNAL' : 'UNAVAILABLE'
}
