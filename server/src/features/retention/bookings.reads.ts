import { type Database, Prisma } from '../../platform/database/client.ts'

/**
 * When a booking `b` counts as over, for every retention. Times come from outside: an end long after the start, and a start
 * that nobody books so far ahead, must not keep people's names for ever.
 */
export const bookingOver = Prisma.sql`
  least(b."endTime", b."startTime" + interval '31 days', b."createdAt" + interval '3 years')`

/**
 * Whether a booking's own row `b` still holds something of people. The index idx_bookings_people_start_time has the same
 * predicate, word for word.
 */
export const holdsPeople = Prisma.sql`(
  num_nonnulls("encryptedIntakeData", attendees, "attendeeEmails", "attendeeNames", description, "redactedDescription",
    location, "timeZone", "providerIds") > 0
  OR title <> COALESCE("eventTypeTitle", 'Appointment')
  OR CASE WHEN jsonb_typeof(metadata) = 'object'
    THEN metadata - '{attendeeCount,hasIntake,isSeated,hasStarted,pastorSensitivity,pastorAnonymous,hostId,newestEvent}'::text[]
      <> '{}'::jsonb
    ELSE metadata IS NOT NULL END)`

/** The keys of `bookings.metadata` that hold numbers and settings; every other key goes with the people. */
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

/** The bookings that have responses to forms, whether or not there is an intake. */
export const hasResponses = Prisma.sql`b.id IN (SELECT r."bookingId" FROM form_responses r)`

/** What people wrote: an intake. The index idx_bookings_sealed_start_time has the same predicate. */
export const holdsIntake = Prisma.sql`b."encryptedIntakeData" IS NOT NULL`

/** How many bookings the next run would empty, of their people or of what they wrote. */
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
