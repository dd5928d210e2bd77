import type { Origin, Viewer } from '../../core/access/viewer.ts'
import type { SealedSource } from '../../core/audit/audited-read.ts'
import { type OpenDeps, type Opened, openAudited } from '../../core/audit/open-audited.ts'
import { Prisma } from '../../platform/database/client.ts'
import { type Intake, intakeSchema } from './intake.model.ts'

const sealedIntakes: SealedSource = {
  column: 'bookings.encryptedIntakeData',
  resource: 'booking',
  readAction: 'intake.read',
  deniedAction: 'intake.read_denied',
  rows: Prisma.sql`
    SELECT k.id, k.id AS "bookingId", b."userId" AS "ownerId", b."encryptedIntakeData" AS sealed
    FROM booking_keys k
    JOIN LATERAL (
      SELECT "userId", "encryptedIntakeData" FROM bookings WHERE id = k.id AND "startTime" = k."startTime" OFFSET 0
    ) b ON true`,
}

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
  viewer: Viewer,
  origin: Origin,
  bookingIds: readonly string[],
): Promise<Map<string, Opened<Intake>>> {
  return openAudited(deps, sealedIntakes, viewer, origin, bookingIds, parseIntake)
}

function parseIntake(plaintext: string): Intake {
  return intakeSchema.parse(JSON.parse(plaintext))
}
