import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { ConflictError } from '../../../platform/errors.ts'
import type { WrittenSummary } from '../model.ts'
import { isPlaintextCurrent } from '../plaintext.model.ts'
import { readSummarySource, type SummarySource } from '../source.reads.ts'
import { readOtherRequests } from './other-requests.reads.ts'
import { type WriteSummaryDeps, writeSummary } from './write-summary.ts'

export type GenerateSummaryDeps = WriteSummaryDeps

/** Why there is, or is not, a new summary. */
export type GenerateSummaryOutcome = 'written' | 'already_written' | 'superseded' | 'booking_gone' | 'booking_closed'

const job = 'generate-summary'
// A booking that changes more often than this while one summary is written is left to the jobs of those changes.
const mostTries = 5

/**
 * Writes the summary of a booking anew and puts it in the place of the older ones. Three steps, because no word may be
 * opened before its reading is on record: a transaction that reads the sealed intake and answers and logs that the system
 * does; opening and writing, perhaps by a provider, outside any transaction; a transaction that stores the summary if the booking is still what
 * was read, and else all of it again.
 *
 * Running it twice, also at once, leaves one summary: `summaryId` is the job's id, so that a second run of a job finds
 * its own work. A booking that no longer takes place (cancelled, rejected, rescheduled) gets none; an older summary of it
 * stays until it expires, unless the booking's sensitivity is another since: what stands in clear beside it may tell too much.
 *
 * Of several orders for one booking the one that begins last does the work, and not before the others are done: no provider
 * is asked twice at once.
 *
 * @throws UnreadableError, on record; AuditUnavailableError; ConflictError when the booking kept changing, or another job that
 * began before is writing its summary
 */
export async function generateSummary(
  deps: GenerateSummaryDeps,
  input: Readonly<{ bookingId: string; summaryId: string; signal?: AbortSignal }>,
): Promise<GenerateSummaryOutcome> {
  const others = await readOtherRequests(deps.database, { bookingId: input.bookingId, jobId: input.summaryId })
  if (others.isSuperseded) return 'superseded'
  if (others.isUnderWay) {
    throw new ConflictError(
      'Another job is writing the summary of this booking. This job checks it again when that one is done.',
    )
  }
  for (let tries = 0; tries < mostTries; tries += 1) {
    const source = await runTransaction(deps.database, (tx) => readOnRecord(tx, input.bookingId))
    if (source === null) return 'booking_gone'
    if (isClosed(source)) return 'booking_closed'
    const summary = await writeSummary(deps, source, input)
    const outcome = await runTransaction(deps.database, (tx) => storeSummary(tx, source, summary))
    if (outcome !== 'changed') return outcome
  }
  throw new ConflictError('The booking kept changing while its summary was written.')
}

/** Reads what a summary is made from, and who reads it, in the transaction of the caller. */
async function readOnRecord(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  const source = await readSummarySource(tx, bookingId)
  if (source === null) return source
  if (isClosed(source)) return purgeOutdated(tx, bookingId)
  await recordAudit(tx, readEntries(source))
  return source
}

/** Removes the summaries of a closed booking beside which stands what may not stand there any more. Returns it as it is. */
async function purgeOutdated(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  await lockBooking(tx, bookingId)
  const source = await readSummarySource(tx, bookingId)
  // One that was opened again meanwhile has a job of its own.
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

/** Every writer of a booking locks its key (a trigger does), so from here to the commit nobody changes it. */
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
  if (source.sealedIntake === null || source.sealedIntakeDigest === null) return entries
  const metadata = { job, sealedDigest: source.sealedIntakeDigest }
  return [...entries, { ...common, action: 'intake.read', resource: 'booking', resourceId: source.bookingId, metadata }]
}

function isClosed({ status }: SummarySource): boolean {
  return status === 'cancelled' || status === 'rejected' || status === 'rescheduled'
}

/** Compare and set: stores the summary only over the very state of the booking that it was written from. */
async function storeSummary(
  tx: Transaction,
  source: SummarySource,
  summary: WrittenSummary,
): Promise<GenerateSummaryOutcome | 'changed'> {
  await lockBooking(tx, source.bookingId)
  const now = await readSummarySource(tx, source.bookingId)
  if (now === null) return 'booking_gone'
  // The job ran before, or another job has written from the same state since this one read it.
  if (now.summaryIds.includes(summary.id)) return 'already_written'
  if (now.fingerprint !== source.fingerprint) return 'changed'
  if (now.summaryIds.join() !== source.summaryIds.join()) return 'already_written'

  await tx.$executeRaw`
    INSERT INTO context_summaries (id, "bookingId", "encryptedSummary", metadata, "expiresAt", "createdAt")
    VALUES (${summary.id}::uuid, ${source.bookingId}::uuid, ${summary.sealed}, ${JSON.stringify(summary.metadata)}::jsonb,
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
  // Last: it holds a lock on the owner's whole log until the commit.
  await tx.$queryRaw`SELECT append_booking_change(${source.ownerId}::uuid, ${source.bookingId}::uuid, 'summary_ready')`
  return 'written'
}
