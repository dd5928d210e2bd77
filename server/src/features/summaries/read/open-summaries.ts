import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { encryptedSources } from '../../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../../core/audit/read/open-audited.ts'
import { type SummaryContent, summaryContentSchema } from '../model.ts'

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
  viewer: PersonViewer,
  origin: Origin,
  summaryIds: readonly string[],
): Promise<Map<string, Opened<SummaryContent>>> {
  return openAudited(deps, encryptedSources.summary, viewer, origin, summaryIds, parseSummary)
}

function parseSummary(plaintext: string): SummaryContent {
  return summaryContentSchema.parse(JSON.parse(plaintext))
}
