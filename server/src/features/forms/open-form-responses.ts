import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { joinOwner, type SealedSource } from '../../core/audit/audited-read.ts'
import { type OpenDeps, type Opened, openAudited } from '../../core/audit/open-audited.ts'
import { Prisma } from '../../platform/database/client.ts'
import { type Answer, formAnswersSchema } from './answers.model.ts'

const sealedFormResponses: SealedSource = {
  column: 'form_responses.encryptedData',
  resource: 'form_response',
  readAction: 'form_response.read',
  deniedAction: 'form_response.read_denied',
  rows: Prisma.sql`
    SELECT t.id, t."bookingId", b."userId" AS "ownerId", t."encryptedData" AS sealed
    FROM form_responses t ${joinOwner}`,
}

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
  viewer: Viewer,
  origin: Origin,
  formResponseIds: readonly string[],
): Promise<Map<string, Opened<Answer[]>>> {
  return openAudited(deps, sealedFormResponses, viewer, origin, formResponseIds, parseAnswers)
}

function parseAnswers(plaintext: string): Answer[] {
  return formAnswersSchema.parse(JSON.parse(plaintext)).answers
}
