import type { Origin, PersonViewer } from '../../../core/access/viewer.ts'
import { encryptedSources } from '../../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../../core/audit/read/open-audited.ts'
import { type Answer, formAnswersSchema } from '../../forms/answers.model.ts'

/**
 * Opens the answers to booking forms, for the pastor whose bookings they came with. Who opens what is committed to the
 * audit log before a word is opened.
 *
 * Returns, for each form response's id, its answers or why that one stays shut: NotFoundError, ForbiddenError,
 * UnreadableError.
 *
 * @throws AuditUnavailableError when the log can't be written; then nothing was opened
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
