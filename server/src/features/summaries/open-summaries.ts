import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { joinOwner, type SealedSource } from '../../core/audit/audited-read.ts'
import { type OpenDeps, type Opened, openAudited } from '../../core/audit/open-audited.ts'
import { Prisma } from '../../platform/database/client.ts'
import { type SummaryContent, summaryContentSchema } from './model.ts'

const sealedSummaries: SealedSource = {
  column: 'context_summaries.encryptedSummary',
  resource: 'context_summary',
  readAction: 'summary.read',
  deniedAction: 'summary.read_denied',
  rows: Prisma.sql`
    SELECT t.id, t."bookingId", b."userId" AS "ownerId", t."encryptedSummary" AS sealed
    FROM context_summaries t ${joinOwner}`,
}

/**
 * Opens summaries for the pastor whose bookings they are about. Path 2 of design §1: who opens what is committed to the
 * audit log before a word is opened.
 *
 * Returns, for each id, its content or why that one stays shut: NotFoundError, ForbiddenError, UnreadableError.
 *
 * @throws AuditUnavailableError when the log can't be written; then nothing was opened
 */
export async function openSummaries(
  deps: OpenDeps,
  viewer: Viewer,
  origin: Origin,
  summaryIds: readonly string[],
): Promise<Map<string, Opened<SummaryContent>>> {
  return openAudited(deps, sealedSummaries, viewer, origin, summaryIds, parseSummary)
}

function parseSummary(plaintext: string): SummaryContent {
  return summaryContentSchema.parse(JSON.parse(plaintext))
}
