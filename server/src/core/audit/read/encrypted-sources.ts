import { Prisma } from '../../../platform/database/client.ts'
import { type EncryptedSource, joinOwner } from './audited-read.ts'

/** Everything that can be decrypted for a viewer, and how it is found. Only its owner may, in person. */
export const encryptedSources = {
  intake: {
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
  },
  summary: {
    column: 'context_summaries.encryptedSummary',
    resource: 'context_summary',
    readAction: 'summary.read',
    deniedAction: 'summary.read_denied',
    rows: Prisma.sql`
      SELECT t.id, t."bookingId", b."userId" AS "ownerId", t."encryptedSummary" AS sealed
      FROM context_summaries t ${joinOwner}`,
  },
  formResponse: {
    column: 'form_responses.encryptedData',
    resource: 'form_response',
    readAction: 'form_response.read',
    deniedAction: 'form_response.read_denied',
    rows: Prisma.sql`
      SELECT t.id, t."bookingId", b."userId" AS "ownerId", t."encryptedData" AS sealed
      FROM form_responses t ${joinOwner}`,
  },
} as const satisfies Record<string, EncryptedSource>

export type EncryptedKind = keyof typeof encryptedSources
