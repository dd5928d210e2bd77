import type { Database } from '../../../platform/database/client.ts'

/** How often somebody met the pastor before, as far as the booking's clear columns tell. */
export type History = Readonly<{ earlierMeetings: number; lastAt: Date | null }>

/**
 * Counts the meetings of the same people with the same pastor before a time, by mail address. A booking whose people are
 * sealed is not counted: nothing is opened for it.
 */
export async function findHistory(
  database: Database,
  input: Readonly<{ ownerId: string; before: Date; emails: readonly string[] }>,
): Promise<History> {
  const [history] = await database.$queryRaw<History[]>`
    SELECT count(*)::int AS "earlierMeetings", max(b."startTime") AS "lastAt"
    FROM bookings b
    WHERE b."userId" = ${input.ownerId}::uuid AND b."startTime" < ${input.before}::timestamptz
      AND b.status IN ('confirmed', 'completed')
      AND EXISTS (
        SELECT FROM jsonb_array_elements_text(COALESCE(b."attendeeEmails", '[]')) e
        WHERE lower(e) = ANY(${input.emails.map((email) => email.toLowerCase())}::text[])
      )`
  return history ?? { earlierMeetings: 0, lastAt: null }
}
