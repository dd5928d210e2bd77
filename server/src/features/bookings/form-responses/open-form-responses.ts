import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { encryptedSources } from '../../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../../core/audit/read/open-audited.ts'
import { type Answer, formAnswersSchema } from '../../forms/answers.model.ts'

/**
 * Decrypts responses to booking forms for the pastor who owns the bookings. The access is committed to the audit log before
 * anything is decrypted.
 *
 * @returns for each ID, its answers, or why it can't be opened: NotFoundError, ForbiddenError, UnreadableError
 * @throws AuditUnavailableError if the audit log can't be written; nothing is decrypted then
 */
export async function openFormResponses(
  deps: OpenDeps,
  viewer: PersonViewer,
  origin: Origin,
  formResponseIds: readonly string[],
): Promise<Map<string, Opened<Answer[]>>> {
  return openAudited(deps, encryptedSources.formResponse, viewer, origin, formResponseIds, parseAnswers)
}

function parseAnswers(plaintext: string): Answer[] {
  return formAnswersSchema.parse(JSON.parse(plaintext)).answers
}
