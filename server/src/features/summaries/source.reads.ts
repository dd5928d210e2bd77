import type { Transaction } from '../../platform/database/client.ts'
import type { Sensitivity } from './model.ts'

/** The input of a summary, read in one snapshot. Encrypted values are ciphertext. */
export type SummarySource = Readonly<{
  bookingId: string
  ownerId: string
  ownerName: string
  status: string
  title: string
  eventTypeTitle: string | null
  startTime: Date
  endTime: Date
  timeZone: string | null
  duration: number
  location: string | null
  attendees: unknown
  metadata: unknown
  sensitivity: Sensitivity
  isAnonymous: boolean
  encryptedIntake: string | null
  intakeDigest: string | null
  formResponses: readonly Readonly<{ id: string; sealed: string; sealedDigest: string }>[]
  /** Changes whenever the booking or its answers change. */
  fingerprint: string
  summaryIds: readonly string[]
  /** The retention set by the active AI configuration; null if there is none. */
  retentionDays: number | null
}>

/** Reads the input in one statement, so that all parts come from one snapshot. Null if the booking doesn't exist. */
export async function readSummarySource(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  const rows = await tx.$queryRaw<SummarySource[]>`
    SELECT b.id AS "bookingId", b."userId" AS "ownerId", u.name AS "ownerName", b.status::text, b.title, b."eventTypeTitle",
      b."startTime", b."endTime", b."timeZone", b.duration, b.location, b.attendees, b.metadata,
      b.sensitivity::text, b."isAnonymous",
      b."encryptedIntakeData" AS "encryptedIntake",
      encode(sha256(convert_to(b."encryptedIntakeData", 'UTF8')), 'hex') AS "intakeDigest",
      f.responses AS "formResponses",
      encode(sha256(convert_to(b::text || f.responses::text, 'UTF8')), 'hex') AS fingerprint,
      ARRAY(SELECT s.id FROM context_summaries s WHERE s."bookingId" = b.id ORDER BY s.id) AS "summaryIds",
      (
        SELECT c."retentionDays" FROM ai_configurations c
        WHERE c."isActive" AND (c."userId" = b."userId" OR c."userId" IS NULL)
        ORDER BY c."userId" NULLS LAST, c."createdAt" DESC LIMIT 1
      ) AS "retentionDays"
    FROM booking_keys k
    JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    JOIN users u ON u.id = b."userId"
    CROSS JOIN LATERAL (
      SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'id', r.id, 'sealed', r."encryptedData",
        'sealedDigest', encode(sha256(convert_to(r."encryptedData", 'UTF8')), 'hex')
      ) ORDER BY r."createdAt", r.id), '[]') AS responses
      FROM form_responses r WHERE r."bookingId" = b.id
    ) f
    WHERE k.id = ${bookingId}::uuid`
  return rows[0] ?? null
}
