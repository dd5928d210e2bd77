import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { encryptedSources } from '../../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../../core/audit/read/open-audited.ts'
import { type SummaryContent, summaryContentSchema } from '../model.ts'

/**
 * Decrypts summaries for the pastor who owns their bookings. The access is committed to the audit log before anything is
 * decrypted.
 *
 * @returns for each ID, its content, or why it can't be opened: NotFoundError, ForbiddenError, UnreadableError
 * @throws AuditUnavailableError if the audit log can't be written; nothing is decrypted then
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
