import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { pendingOutcomes } from './delivery.model.ts'
import type { BookingIdentifiers } from './identifiers.model.ts'

/** What a delivery that may begin a booking is looked for by. */
export type LookedUp = Readonly<{ digest: string; names: BookingIdentifiers }>

/**
 * Says for each delivery whether it begins a booking of which nothing is known: it is not here itself, no booking has one of
 * its names or came out of it, and nothing waits for it. Call under the locks of its names, else that may change at once.
 */
export async function areUnknown(tx: SqlTransaction, sought: readonly LookedUp[]): Promise<boolean[]> {
  const uids = sought.map(({ names }) => names.uid)
  const numbers = sought.map(({ names }) => names.calBookingId)
  // Each a look-up in its own index. LIMIT keeps PostgreSQL from reading a whole table into a hash instead.
  const found = await tx.$queryRaw<{ at: number }[]>`
    SELECT at::int
    FROM unnest(${sought.map(({ digest }) => digest)}::text[], ${uids}::text[], ${numbers}::int[],
      ${sought.map(({ names }) => names.iCalUid)}::text[]) WITH ORDINALITY AS s (digest, uid, number, "iCalUid", at)
    WHERE (SELECT true FROM webhook_deliveries d WHERE d.digest = s.digest LIMIT 1) IS NULL
      AND (SELECT true FROM booking_keys k WHERE k."calBookingUid" = s.uid LIMIT 1) IS NULL
      AND (SELECT true FROM booking_keys k WHERE k."calBookingId" = s.number LIMIT 1) IS NULL
      AND (SELECT true FROM booking_keys k WHERE k."rescheduledFromUid" = s.uid LIMIT 1) IS NULL
      AND (SELECT true FROM booking_keys k WHERE k."iCalUid" = s."iCalUid" LIMIT 1) IS NULL
      AND (
        -- OFFSET keeps it from looking through all that wait.
        SELECT true FROM (
          SELECT outcome FROM webhook_deliveries w WHERE w."calBookingUid" = ANY(ARRAY[s.uid, '#' || s.number]) OFFSET 0
        ) AS d WHERE d.outcome = ANY(${pendingOutcomes}) LIMIT 1
      ) IS NULL`
  const unheardOf = new Set(found.map(({ at }) => at - 1))
  return sought.map((_, at) => unheardOf.has(at))
}
