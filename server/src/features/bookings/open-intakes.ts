import type { Origin, PersonViewer } from '../../core/access/viewer.ts'
import { encryptedSources } from '../../core/audit/read/encrypted-sources.ts'
import { type OpenDeps, type Opened, openAudited } from '../../core/audit/read/open-audited.ts'
import { type Intake, intakeSchema } from './lifecycle/intake.model.ts'

/**
 * Decrypts the intakes of bookings for the pastor who owns them. The access is committed to the audit log before anything is
 * decrypted.
 *
 * @returns for each booking's ID, its intake, null if it has none, or why it can't be opened: NotFoundError, ForbiddenError,
 * UnreadableError
 * @throws AuditUnavailableError if the audit log can't be written; nothing is decrypted then
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
