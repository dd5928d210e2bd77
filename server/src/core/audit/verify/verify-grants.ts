import { type Database, Prisma } from '../../../platform/database/client.ts'
import type { Finding } from './findings.ts'

/**
 * Yields a finding for each row that discloses data, or more of a booking, than the log allows: the scopes of an API
 * token, a consent to an AI provider, a webhook endpoint, the sensitivity of a booking. The newest entry counts; any of
 * the entries within a minute, because their order isn't certain. Rows older than the oldest retained month are exempt,
 * because their entries were dropped.
 *
 * @param droppedUntil - the end of the newest month dropped by retention, by its receipts; null if none
 */
export async function* verifyGrants(database: Database, droppedUntil: Date | null): AsyncGenerator<Finding> {
  const since = droppedUntil ?? new Date(0)
  const rows = await database.$queryRaw<{ kind: 'access' | 'grant'; detail: string }[]>`
    ${tokens(since)} UNION ALL ${consents(since)} UNION ALL ${endpoints(since)} UNION ALL ${bookings(since)}`
  for (const { kind, detail } of rows) yield { kind, row: null, seal: null, detail }
}

/** The entries `e` of a row that may be the newest. Several nodes write a booking; only its pastor writes a consent. */
const newest = (entries: Prisma.Sql, seconds = 60) => Prisma.sql`
  (SELECT * FROM (SELECT l.*, max(l."createdAt") OVER () AS "lastAt" FROM audit_logs l WHERE ${entries}) n
   WHERE n."createdAt" >= n."lastAt" - ${seconds} * interval '1 second') e`

const asText = (scopes: Prisma.Sql) =>
  Prisma.sql`(SELECT string_agg(s, ' ' ORDER BY s) FROM jsonb_array_elements_text(${scopes}) s)`

const sorted = (scopes: Prisma.Sql) => Prisma.sql`(SELECT string_agg(s, ' ' ORDER BY s) FROM unnest(${scopes}) s)`

const tokens = (since: Date) => Prisma.sql`
  SELECT 'access' AS kind, 'the API token ' || t.id || ' has other scopes than it was made with' AS detail
  FROM api_tokens t
  WHERE t."expiresAt" > now() AND t."revokedAt" IS NULL AND t."createdAt" >= ${since}::timestamptz AND EXISTS (
    SELECT FROM audit_logs l WHERE l.action = 'token.created' AND l."resourceId" = t.id::text
      AND ${asText(Prisma.sql`l.metadata -> 'scopes'`)} IS DISTINCT FROM ${sorted(Prisma.sql`t.scopes`)})
  UNION ALL
  SELECT 'access', 'the API token ' || t.id || ' is confirmed after a restore, and no admin confirmed it'
  FROM api_tokens t
  WHERE t."expiresAt" > now() AND t."revokedAt" IS NULL AND t.epoch = session_epoch() AND EXISTS (
    SELECT FROM audit_logs r WHERE r.action = 'access.restored'
      AND r."createdAt" > (SELECT max(l."createdAt") FROM audit_logs l WHERE l.action = 'token.created' AND l."resourceId" = t.id::text)
      AND NOT EXISTS (
        SELECT FROM audit_logs c WHERE c.action = 'token.confirmed' AND c."resourceId" = t.id::text
          AND c."createdAt" >= r."createdAt"))`

const consents = (since: Date) => Prisma.sql`
  SELECT 'grant', 'the pastor ' || c."userId" || ' did not agree to what the consent to the AI configuration '
    || c."configurationId" || ' says'
  FROM ai_consents c
  WHERE c."lapsedAt" IS NULL AND c."createdAt" >= ${since}::timestamptz AND NOT EXISTS (
    SELECT FROM ${newest(
      Prisma.sql`l."resourceId" = c."configurationId"::text AND l."userId" = c."userId"
      AND l.action IN ('ai_configuration.consent_given', 'ai_configuration.consent_withdrawn')`,
      0,
    )}
    WHERE e.action = 'ai_configuration.consent_given'
      AND e.metadata ->> 'provider' = c.provider::text
      AND (e.metadata ->> 'isMasked')::boolean = c."piiDetection"
      AND (e.metadata ->> 'model' IS NULL OR e.metadata ->> 'model' = c.model)
      AND (c."baseUrl" = e.metadata ->> 'address' OR starts_with(c."baseUrl", (e.metadata ->> 'address') || '/'))
      AND (e.metadata ->> 'termsDigest' IS NULL OR e.metadata ->> 'termsDigest' = ${termsDigest})
      AND ((e.metadata ->> 'includesHighSensitivity')::boolean OR NOT c."includesHighSensitivity")
      AND NOT (c."includesHighSensitivity" AND EXISTS (
        SELECT FROM audit_logs h WHERE h.action = 'ai_configuration.consent_set'
          AND h."resourceId" = c."configurationId"::text AND h."userId" = c."userId" AND h."createdAt" >= e."createdAt")))`

/** Address with its path, template and model, like features/ai/audited-terms.model.ts. */
const termsDigest = Prisma.sql`encode(sha256(convert_to(c."baseUrl" || ' ' || c."templateDigest" || ' ' || c.model, 'UTF8')), 'hex')`

const endpoints = (since: Date) => Prisma.sql`
  SELECT 'grant', 'the webhook endpoint ' || w.id || ' is not as its owner made it'
  FROM webhook_endpoints w
  WHERE w."isActive" AND w."createdAt" >= ${since}::timestamptz AND NOT EXISTS (
    SELECT FROM ${newest(Prisma.sql`l."resourceId" = w.id::text
      AND l.action IN ('endpoint.created', 'endpoint.changed')`)}
    WHERE e."userId" = w."userId" AND ${asText(Prisma.sql`e.metadata -> 'scopes'`)} = ${sorted(Prisma.sql`w.scopes`)})`

const rankOf = (sensitivity: Prisma.Sql) =>
  Prisma.sql`(CASE ${sensitivity} WHEN 'High' THEN 3 WHEN 'Medium' THEN 2 WHEN 'Low' THEN 1 ELSE 0 END)`

/** The log's record of a booking's sensitivity; older versions may have recorded none. */
const bookings = (since: Date) => Prisma.sql`
  SELECT 'grant', 'the booking ' || b.id || ' is less sensitive than the log says'
  FROM bookings b
  CROSS JOIN LATERAL (
    SELECT min(${rankOf(Prisma.sql`coalesce(e.metadata ->> 'to', e.metadata ->> 'sensitivity')`)}) AS said
    FROM ${newest(Prisma.sql`l."bookingId" = b.id AND (l.action = 'booking.sensitivity_set' OR l.metadata ? 'sensitivity'
      AND l.action IN ('booking.created', 'booking.updated', 'booking.rescheduled', 'booking.cancelled'))`)}
  ) shown
  CROSS JOIN LATERAL (
    SELECT min(${rankOf(Prisma.sql`e.metadata ->> 'to'`)}) AS said
    FROM ${newest(Prisma.sql`l."bookingId" = b.id AND l.action = 'booking.sensitivity_set'`)}
  ) decided
  WHERE b."createdAt" >= ${since}::timestamptz AND (
    ${rankOf(Prisma.sql`b.sensitivity::text`)} < shown.said
    OR ${rankOf(Prisma.sql`b.metadata ->> 'pastorSensitivity'`)} < decided.said)`
