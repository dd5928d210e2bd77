import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalOrganizer } from '../lifecycle/cal-event.model.ts'
import { pendingOutcomes } from './delivery.model.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'
import { organizersQuery } from './organizers.reads.ts'

/** What an event is looked up by. */
export type LookedUp = Readonly<{
  identifiers: BookingIdentifiers
  organizer: CalOrganizer | null
  /** The digest of its delivery. Null if the delivery is already recorded. */
  digest: string | null
}>

/** What is stored about an incoming event. */
export type Surroundings = Readonly<{
  /** The same delivery is already recorded. */
  isDuplicate: boolean
  /** Another delivery for the same booking is pending. */
  hasPending: boolean
  /** The keys of its booking and of related ones. */
  keyIds: readonly string[]
  /** The users with one of the organizer's identifiers, best match first. */
  organizers: readonly string[]
}>

const unknown: Surroundings = { isDuplicate: false, hasPending: false, keyIds: [], organizers: [] }

/**
 * Looks up several events in one statement. Call it while holding the locks of their identifiers; otherwise the result
 * may be outdated at once.
 */
export async function readSurroundings(tx: SqlTransaction, events: readonly LookedUp[]): Promise<Surroundings[]> {
  const identifiers = events.map((event) => event.identifiers)
  // Each part is a lookup in its own index. LIMIT keeps PostgreSQL from hashing a whole table instead.
  const rows = await tx.$queryRaw<(Omit<Surroundings, 'organizers'> & { at: number; userIds: string[] })[]>`
    SELECT s.at::int, o."userIds",
      (SELECT true FROM webhook_deliveries d WHERE d.digest = s.digest LIMIT 1) IS NOT NULL AS "isDuplicate",
      (
        -- OFFSET keeps it from looking through all that are pending.
        SELECT true FROM (
          SELECT outcome FROM webhook_deliveries w WHERE w."calBookingUid" = ANY(ARRAY[s.uid, '#' || s.number]) OFFSET 0
        ) AS d WHERE d.outcome = ANY(${pendingOutcomes}) LIMIT 1
      ) IS NOT NULL AS "hasPending",
      -- A union and not an OR: each part is one look-up in its own index.
      ARRAY(
        SELECT id FROM booking_keys WHERE "calBookingUid" = s.uid
        UNION SELECT id FROM booking_keys WHERE "calBookingUid" = s."fromUid"
        UNION SELECT id FROM booking_keys WHERE "calBookingId" = s.number
        UNION SELECT id FROM booking_keys WHERE "rescheduledFromUid" = s.uid
        UNION SELECT id FROM booking_keys WHERE "iCalUid" = s."iCalUid"
      )::text[] AS "keyIds"
    FROM unnest(${events.map(({ digest }) => digest)}::text[], ${identifiers.map(({ uid }) => uid)}::text[],
      ${identifiers.map(({ calBookingId }) => calBookingId)}::int[],
      ${identifiers.map(({ iCalUid }) => iCalUid)}::text[],
      ${identifiers.map(({ rescheduledFromUid }) => rescheduledFromUid)}::text[])
      WITH ORDINALITY AS s (digest, uid, number, "iCalUid", "fromUid", at)
    JOIN (${organizersQuery(events.map(({ organizer }) => organizer))}) AS o ON o.at = s.at`
  const found = new Map(rows.map(({ at, userIds, ...row }) => [at - 1, { ...row, organizers: userIds }]))
  return events.map((_, at) => found.get(at) ?? unknown)
}
