import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { ConflictError } from '../../../platform/errors.ts'
import type { WrittenSummary } from '../model.ts'
import { isPlaintextCurrent } from '../plaintext.model.ts'
import { readSummarySource, type SummarySource } from '../source.reads.ts'
import { readCompetingJobs } from './competing-jobs.reads.ts'
import { type WriteSummaryDeps, writeSummary } from './write-summary.ts'

export type GenerateSummaryDeps = WriteSummaryDeps

/** Why a summary was, or was not, written. */
export type GenerateSummaryOutcome = 'written' | 'already_written' | 'superseded' | 'booking_gone' | 'booking_closed'

const job = 'generate-summary'
// A booking that changes more often than this during one job is left to the jobs enqueued by those changes.
const maxTries = 5

/**
 * Writes a new summary of a booking and replaces the older ones. It takes three steps, because nothing may be decrypted
 * before the access is recorded: one transaction reads the ciphertexts and records the system's access in the audit log;
 * decryption and writing, possibly by an AI provider, happen outside any transaction; a second transaction stores the
 * summary if the booking is unchanged, otherwise everything is repeated.
 *
 * Idempotent, also when run concurrently: `summaryId` is the job's ID, so a repeated job finds its own result. A booking
 * that no longer takes place (cancelled, rejected, rescheduled) gets no summary; an older one stays until it expires, unless
 * the booking's sensitivity has changed and the summary's plaintext metadata may reveal too much.
 *
 * Of several jobs for one booking, the last to start does the work, after the others have finished, so that no provider is
 * called twice at once.
 *
 * @throws UnreadableError, recorded in the audit log; AuditUnavailableError
 * @throws ConflictError if the booking kept changing, or an earlier job is still writing its summary
 */
export async function generateSummary(
  deps: GenerateSummaryDeps,
  input: Readonly<{ bookingId: string; summaryId: string; signal?: AbortSignal }>,
): Promise<GenerateSummaryOutcome> {
  const competing = await readCompetingJobs(deps.database, { bookingId: input.bookingId, jobId: input.summaryId })
  if (competing.isSuperseded) return 'superseded'
  if (competing.isRunning) {
    throw new ConflictError(
      'Another job is writing the summary of this booking. This job checks it again when that one is done.',
    )
  }
  for (let tries = 0; tries < maxTries; tries += 1) {
    const source = await runTransaction(deps.database, (tx) => readAndRecord(tx, input.bookingId))
    if (source === null) return 'booking_gone'
    if (isClosed(source)) return 'booking_closed'
    const summary = await writeSummary(deps, source, input)
    const outcome = await runTransaction(deps.database, (tx) => storeSummary(tx, source, summary))
    if (outcome !== 'changed') return outcome
  }
  throw new ConflictError('The booking kept changing while its summary was written.')
}

/** Reads the source of a summary and records the access in the same transaction. */
async function readAndRecord(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  const source = await readSummarySource(tx, bookingId)
  if (source === null) return source
  if (isClosed(source)) return purgeOutdated(tx, bookingId)
  await recordAudit(tx, readEntries(source))
  return source
}

/**
 * Deletes the summaries of a closed booking whose plaintext metadata no longer matches its sensitivity. Returns the source.
 */
async function purgeOutdated(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  await lockBooking(tx, bookingId)
  const source = await readSummarySource(tx, bookingId)
  // A booking reopened in the meantime has its own job.
  if (source === null || !isClosed(source)) return source
  const summaries = await tx.contextSummary.findMany({ where: { bookingId }, select: { id: true, metadata: true } })
  const outdated = summaries.filter(({ metadata }) => !isPlaintextCurrent(metadata, source)).map(({ id }) => id)
  if (outdated.length === 0) return source
  await tx.contextSummary.deleteMany({ where: { id: { in: outdated } } })
  await recordAudit(tx, replacedEntries(bookingId, outdated))
  return source
}

function replacedEntries(bookingId: string, ids: readonly string[]): AuditEntry[] {
  return ids.map((id) => ({
    action: 'summary.purged',
    resource: 'context_summary',
    resourceId: id,
    bookingId,
    userId: null,
    origin: null,
    metadata: { reason: 'replaced' },
  }))
}

/** Every writer of a booking locks its key (a trigger takes the lock), so nobody changes it until the commit. */
async function lockBooking(tx: Transaction, bookingId: string): Promise<void> {
  await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${bookingId}::uuid FOR NO KEY UPDATE`
}

function readEntries(source: SummarySource): AuditEntry[] {
  const common = { bookingId: source.bookingId, userId: null, origin: null }
  const entries: AuditEntry[] = source.formResponses.map(({ id, sealedDigest }) => ({
    ...common,
    action: 'form_response.read',
    resource: 'form_response',
    resourceId: id,
    metadata: { job, sealedDigest },
  }))
  if (source.encryptedIntake === null || source.intakeDigest === null) return entries
  const metadata = { job, sealedDigest: source.intakeDigest }
  return [...entries, { ...common, action: 'intake.read', resource: 'booking', resourceId: source.bookingId, metadata }]
}

function isClosed({ status }: SummarySource): boolean {
  return status === 'cancelled' || status === 'rejected' || status === 'rescheduled'
}

/** Compare-and-set: stores the summary only if the booking is unchanged since it was read. */
async function storeSummary(
  tx: Transaction,
  source: SummarySource,
  summary: WrittenSummary,
): Promise<GenerateSummaryOutcome | 'changed'> {
  await lockBooking(tx, source.bookingId)
  const current = await readSummarySource(tx, source.bookingId)
  if (current === null) return 'booking_gone'
  // This job ran before, or another job wrote a summary of the same state in the meantime.
  if (current.summaryIds.includes(summary.id)) return 'already_written'
  if (current.fingerprint !== source.fingerprint) return 'changed'
  if (current.summaryIds.join() !== source.summaryIds.join()) return 'already_written'

  await tx.$executeRaw`
    INSERT INTO context_summaries (id, "bookingId", "encryptedSummary", metadata, "expiresAt", "createdAt")
    VALUES (${summary.id}::uuid, ${source.bookingId}::uuid, ${summary.ciphertext}, ${JSON.stringify(summary.metadata)}::jsonb,
      ${summary.expiresAt}::timestamptz, ${summary.createdAt}::timestamptz)`
  const replaced = await tx.$queryRaw<{ id: string }[]>`
    DELETE FROM context_summaries WHERE "bookingId" = ${source.bookingId}::uuid AND id <> ${summary.id}::uuid RETURNING id`
  await recordAudit(tx, [
    {
      action: 'summary.written',
      resource: 'context_summary',
      bookingId: source.bookingId,
      userId: null,
      origin: null,
      resourceId: summary.id,
      metadata: { method: summary.metadata.method, job, sealedDigest: summary.sealedDigest },
    },
    ...replacedEntries(
      source.bookingId,
      replaced.map(({ id }) => id),
    ),
  ])
  // Last, because it locks the owner's change feed until the commit.
  await tx.$queryRaw`SELECT append_booking_change(${source.ownerId}::uuid, ${source.bookingId}::uuid, 'summary_ready')`
  return 'written'
}
