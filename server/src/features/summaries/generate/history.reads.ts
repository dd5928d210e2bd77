import type { Database } from '../../../platform/database/client.ts'

/** How often the attendees met the pastor before, as far as plaintext columns show. */
export type History = Readonly<{ earlierMeetings: number; lastAt: Date | null }>

/**
 * Counts the meetings of the same people with the same pastor that were over at `before`, by email address. Bookings whose attendees are
 * encrypted are not counted: nothing is decrypted for this.
 */
export async function findHistory(
  database: Database,
  input: Readonly<{ ownerId: string; before: Date; emails: readonly string[] }>,
): Promise<History> {
  const [history] = await database.$queryRaw<History[]>`
    SELECT count(*)::int AS "earlierMeetings", max(b."startTime") AS "lastAt"
    FROM bookings b
    WHERE b."userId" = ${input.ownerId}::uuid AND b."endTime" <= ${input.before}::timestamptz
      AND b.status IN ('confirmed', 'completed')
      AND EXISTS (
        SELECT FROM jsonb_array_elements_text(COALESCE(b."attendeeEmails", '[]')) e
        WHERE lower(e) = ANY(${input.emails.map((email) => email.toLowerCase())}::text[])
      )`
  return history ?? { earlierMeetings: 0, lastAt: null }
}
