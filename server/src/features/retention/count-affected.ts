import { listAuditPartitions } from '../../core/audit/seal/drop-partition.ts'
import type { Database } from '../../platform/database/client.ts'
import { oldestKeptMonth } from './audit.model.ts'
import { countDueBookings } from './bookings.reads.ts'
import { type Affected, isShorter, noneAffected, type RetentionSettings, retentionOf } from './model.ts'
import { countOutlivingSummaries } from './summaries.reads.ts'

type Reader = Pick<Database, '$queryRaw'>

/** Counts the existing data that a change of retention would affect. All zero if it shortens nothing. */
export async function countAffected(
  database: Reader,
  { now, before, after }: Readonly<{ now: Date; before: RetentionSettings; after: RetentionSettings }>,
): Promise<Affected> {
  if (!isShorter(before, after)) return noneAffected
  const due = (settings: RetentionSettings) => countDue(database, now, settings)
  const [next, current] = [await due(after), await due(before)]
  return {
    bookings: next.bookings - current.bookings,
    deliveries: next.deliveries - current.deliveries,
    auditMonths: next.auditMonths - current.auditMonths,
    summaries:
      after.summaries < before.summaries ? await countOutlivingSummaries(database, { days: after.summaries }) : 0,
  }
}

/** Counts what the next run would delete or empty. */
async function countDue(database: Reader, now: Date, settings: RetentionSettings) {
  const days = retentionOf(settings)
  const [{ deliveries } = { deliveries: 0 }] = await database.$queryRaw<{ deliveries: number }[]>`
    SELECT count(*)::int AS deliveries FROM webhook_deliveries
    WHERE "receivedAt" < ${now}::timestamptz - make_interval(days => ${days.deliveries}::int)`
  const partitions = settings.auditMonths === null ? [] : await listAuditPartitions(database)
  const oldestKept = oldestKeptMonth(now, settings.auditMonths ?? 0)
  return {
    bookings: await countDueBookings(database, { now, ...days }),
    deliveries,
    auditMonths: partitions.filter(({ until }) => until <= oldestKept).length,
  }
}
