import { type Database, Prisma } from '../../platform/database/client.ts'

/** `ownerId` restricts to one pastor. `days` is the retention if no AI configuration sets one. */
export type Expiry = Readonly<{ days: number; ownerId?: string | null }>

/**
 * SQL for the summaries that outlive the current retention: that of the pastor's active AI configuration, or else of the
 * setting. Uses the rule of `write-summary.ts` and the time bounds of bookings.reads.ts.
 */
export function outlivingSummaries({ days, ownerId = null }: Expiry): Prisma.Sql {
  return Prisma.sql`
    SELECT s.id, s."createdAt", e."expiresAt"
    FROM context_summaries s
    JOIN booking_keys k ON k.id = s."bookingId"
    JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    CROSS JOIN LATERAL (
      SELECT greatest(s."createdAt", least(b."endTime", b."startTime" + interval '31 days')) + make_interval(days => COALESCE((
        SELECT c."retentionDays" FROM ai_configurations c
        WHERE c."isActive" AND (c."userId" = b."userId" OR c."userId" IS NULL)
        ORDER BY c."userId" NULLS LAST, c."createdAt" DESC LIMIT 1
      ), ${days}::int)) AS "expiresAt"
    ) e
    WHERE (s."expiresAt" IS NULL OR s."expiresAt" > e."expiresAt")
      AND (${ownerId}::uuid IS NULL OR b."userId" = ${ownerId}::uuid)`
}

/** Counts the summaries that would expire sooner. */
export async function countOutlivingSummaries(database: Pick<Database, '$queryRaw'>, expiry: Expiry): Promise<number> {
  const [found] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (${outlivingSummaries(expiry)}) o`
  return found?.count ?? 0
}
