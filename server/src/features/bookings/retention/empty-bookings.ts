import { type AuditEntry, recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import { type Database, Prisma, type Transaction } from '../../../platform/database/client.ts'
import { runTransaction } from '../../../platform/database/run-transaction.ts'
import { dayMs } from '../../../platform/durations.ts'
import {
  bookingOver,
  hasResponses,
  holdsIntake,
  holdsPeople,
  keptMetadataKeys,
} from '../../retention/bookings.reads.ts'
import type { BookingSummaries } from '../write/publish-changes.ts'

/**
 * What retention removes. `people`: all personal data, including everything people wrote. `answers`: the intake and form
 * responses. `responses`: the same, for bookings with responses but no intake.
 */
export type EmptiedPart = 'people' | 'answers' | 'responses'

type Emptied = Readonly<{ id: string; ownerId: string; hadIntake: boolean }>

/**
 * Empties a batch of bookings that were over `retentionDays` ago, whatever their status. Their times, event type,
 * sensitivity and counts are kept. Later events of an emptied booking change nothing.
 *
 * Returns how many; fewer than `batch` means that no more are due. Records each in the audit log and notifies subscribers.
 *
 * @throws AuditUnavailableError
 */
export async function emptyBookings(
  {
    database,
    clock,
    summaries,
  }: Readonly<{ database: Database; clock: Clock; summaries: Pick<BookingSummaries, 'anonymize'> }>,
  { part, batch, retentionDays }: Readonly<{ part: EmptiedPart; batch: number; retentionDays: number }>,
): Promise<number> {
  const before = new Date(clock.now().getTime() - retentionDays * dayMs)
  return runTransaction(database, async (tx) => {
    const emptied = await tx.$queryRaw<Emptied[]>`
      WITH due AS (
        SELECT b.id, b."startTime", b."encryptedIntakeData" IS NOT NULL AS "hadIntake", ${eventTypeWithoutNames} AS "eventType"
        FROM bookings b JOIN booking_keys k ON k.id = b.id AND k."startTime" = b."startTime"
        WHERE ${dueParts[part]} AND ${bookingOver} < ${before}::timestamptz
        ORDER BY b."startTime" LIMIT ${batch}::int
        FOR NO KEY UPDATE OF k SKIP LOCKED
      )
      UPDATE bookings b SET ${part === 'people' ? withoutPeople : withoutAnswers}
      FROM due WHERE b.id = due.id AND b."startTime" = due."startTime" AND ${bookingOver} < ${before}::timestamptz
      RETURNING b.id, b."userId" AS "ownerId", due."hadIntake"`
    if (emptied.length === 0) return 0
    const ids = emptied.map(({ id }) => id)
    if (part === 'people') {
      // Cal.com's calendar IDs may contain an email address. Its number and UID are kept: otherwise a late event would
      // create the booking again.
      await tx.$executeRaw`UPDATE booking_keys SET "iCalUid" = NULL WHERE id = ANY(${ids}::uuid[])`
    }
    const responses = await deleteResponses(tx, ids)
    const deletedSummaries = part === 'people' ? await summaries.anonymize(tx, ids) : []
    const entries = emptied.map((booking) =>
      entryFor(booking, { part, responses: responses.filter(({ bookingId }) => bookingId === booking.id).length }),
    )
    await recordAudit(tx, [...responses, ...deletedSummaries, ...entries])
    const inOrder = emptied.toSorted((a, b) => (a.ownerId < b.ownerId ? -1 : 1))
    // Last, and ordered by owner like in every other writer: each call locks an owner's change feed.
    for (const { ownerId, id } of inOrder) {
      await tx.$queryRaw`SELECT append_booking_change(${ownerId}::uuid, ${id}::uuid, 'updated')`
    }
    return emptied.length
  })
}

const dueParts: Readonly<Record<EmptiedPart, Prisma.Sql>> = {
  people: holdsPeople,
  answers: holdsIntake,
  responses: hasResponses,
}

const withoutAnswers = Prisma.sql`
  "encryptedIntakeData" = NULL,
  metadata = CASE WHEN jsonb_typeof(b.metadata) = 'object' THEN b.metadata ELSE '{}' END || '{"hasIntake": false}'`

const withoutPeople = Prisma.sql`
  "encryptedIntakeData" = NULL, attendees = NULL, "attendeeEmails" = NULL, "attendeeNames" = NULL, description = NULL,
  "redactedDescription" = NULL, location = NULL, "timeZone" = NULL, "providerIds" = NULL,
  "eventTypeTitle" = due."eventType",
  "eventTypeSlug" = CASE WHEN due."eventType" IS NULL THEN NULL ELSE b."eventTypeSlug" END,
  title = COALESCE(due."eventType", 'Appointment'),
  metadata = COALESCE((
    SELECT jsonb_object_agg(key, value)
    FROM jsonb_each(CASE WHEN jsonb_typeof(b.metadata) = 'object' THEN b.metadata ELSE '{}' END)
    WHERE key = ANY(${[...keptMetadataKeys]}::text[])
  ), '{}') || '{"hasIntake": false}'`

/** The event type's title, unless it contains a word of an attendee's name: a title for one person is personal data. */
const eventTypeWithoutNames = Prisma.sql`
  CASE WHEN EXISTS (
    SELECT FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(b."attendeeNames") = 'array' THEN b."attendeeNames" ELSE '[]' END) AS name,
      regexp_split_to_table(lower(name), '[^[:alnum:]]+') AS word
    WHERE length(word) > 2
      AND word = ANY(regexp_split_to_array(lower(concat_ws(' ', b."eventTypeTitle", b."eventTypeSlug")), '[^[:alnum:]]+'))
  ) THEN NULL ELSE b."eventTypeTitle" END`

type ResponseEntry = Extract<AuditEntry, { action: 'form_response.purged' }>

async function deleteResponses(tx: Transaction, bookingIds: readonly string[]): Promise<ResponseEntry[]> {
  const responses = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
    DELETE FROM form_responses WHERE "bookingId" = ANY(${[...bookingIds]}::uuid[]) RETURNING id, "bookingId"`
  return responses.map(({ id, bookingId }) => ({
    action: 'form_response.purged',
    resource: 'form_response',
    resourceId: id,
    bookingId,
    userId: null,
    origin: null,
    metadata: { reason: 'expired' },
  }))
}

/** Records exactly what was removed, so that the log doesn't suggest more or less. */
function entryFor(
  { id, hadIntake }: Emptied,
  { part, responses }: Readonly<{ part: EmptiedPart; responses: number }>,
): AuditEntry {
  return {
    action: 'booking.purged',
    resource: 'booking',
    resourceId: id,
    bookingId: id,
    userId: null,
    origin: null,
    metadata: { reason: 'expired', people: part === 'people', intake: hadIntake, responses },
  }
}
