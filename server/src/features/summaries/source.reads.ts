import type { Transaction } from '../../platform/database/client.ts'
import type { Sensitivity } from './model.ts'

/** All that a summary is made from, as one statement saw it. What is sealed is still sealed. */
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
  sealedIntake: string | null
  sealedIntakeDigest: string | null
  formResponses: readonly Readonly<{ id: string; sealed: string; sealedDigest: string }>[]
  /** Differs as soon as anything of the booking or of its answers does. */
  fingerprint: string
  summaryIds: readonly string[]
  /** What an AI configuration says; null where none does. */
  retentionDays: number | null
}>

/** Reads it in one statement, so that no part of it is newer than another. Null: there is no such booking. */
export async function readSummarySource(tx: Transaction, bookingId: string): Promise<SummarySource | null> {
  const rows = await tx.$queryRaw<SummarySource[]>`
    SELECT b.id AS "bookingId", b."userId" AS "ownerId", u.name AS "ownerName", b.status::text, b.title, b."eventTypeTitle",
      b."startTime", b."endTime", b."timeZone", b.duration, b.location, b.attendees, b.metadata,
      b.sensitivity::text, b."isAnonymous",
      b."encryptedIntakeData" AS "sealedIntake",
      encode(sha256(convert_to(b."encryptedIntakeData", 'UTF8')), 'hex') AS "sealedIntakeDigest",
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
