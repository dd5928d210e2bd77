import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { encryptedSources } from '../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../core/audit/read/open-audited.ts'
import { type Intake, intakeSchema } from './lifecycle/intake.model.ts'

/**
 * Opens what people wrote when they booked, for the pastor they booked. Who opens what is committed to the audit log
 * before a word is opened.
 *
 * Returns, for each booking's id, its intake, null where it has none, or why that one stays shut: NotFoundError,
 * ForbiddenError, UnreadableError.
 *
 * @throws AuditUnavailableError when the log can't be written; then nothing was opened
 */
export async function openIntakes(
  deps: OpenDeps,
  viewer: PersonViewer,
  origin: Origin,
  bookingIds: readonly string[],
): Promise<Map<string, Opened<Intake>>> {
  return openAudited(deps, encryptedSources.intake, viewer, origin, bookingIds, parseIntake)
}

function parseIntake(plaintext: string): Intake {
  return intakeSchema.parse(JSON.parse(plaintext))
}
