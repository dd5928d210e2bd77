import { type Database, Prisma } from '../../platform/database/client.ts'

/**
 * When booking `b` is considered over, for every retention rule. Bounded, because times come from outside: an end long after
 * the start, or a start in the distant future, must not keep personal data forever.
 */
export const bookingOver = Prisma.sql`
  least(b."endTime", b."startTime" + interval '31 days', b."createdAt" + interval '3 years')`

/**
 * Whether the row of booking `b` still contains personal data. Must match the predicate of the index
 * idx_bookings_people_start_time exactly.
 */
export const holdsPeople = Prisma.sql`(
  num_nonnulls("encryptedIntakeData", attendees, "attendeeEmails", "attendeeNames", description, "redactedDescription",
    location, "timeZone", "providerIds") > 0
  OR title <> COALESCE("eventTypeTitle", 'Appointment')
  OR CASE WHEN jsonb_typeof(metadata) = 'object'
    THEN metadata - '{attendeeCount,hasIntake,isSeated,hasStarted,pastorSensitivity,pastorAnonymous,hostId,newestEvent}'::text[]
      <> '{}'::jsonb
    ELSE metadata IS NOT NULL END)`

/** The keys of `bookings.metadata` without personal data. All other keys are deleted with the booking's people. */
export const keptMetadataKeys = [
  'attendeeCount',
  'hasIntake',
  'isSeated',
  'hasStarted',
  'pastorSensitivity',
  'pastorAnonymous',
  'hostId',
  'newestEvent',
] as const

/** Bookings with form responses, with or without an intake. */
export const hasResponses = Prisma.sql`b.id IN (SELECT r."bookingId" FROM form_responses r)`

/** Bookings with an intake. The index idx_bookings_sealed_start_time has the same predicate. */
export const holdsIntake = Prisma.sql`b."encryptedIntakeData" IS NOT NULL`

/** Counts the bookings that the next run would empty of personal data or of what people wrote. */
export async function countDueBookings(
  database: Pick<Database, '$queryRaw'>,
  { now, people, answers }: Readonly<{ now: Date; people: number; answers: number }>,
): Promise<number> {
  const before = (days: number) => Prisma.sql`${now}::timestamptz - make_interval(days => ${days}::int)`
  const [due] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM bookings b
    WHERE (${holdsPeople} AND ${bookingOver} < ${before(people)})
      OR ((${holdsIntake} OR ${hasResponses}) AND ${bookingOver} < ${before(answers)})`
  return due?.count ?? 0
}
