import type { Finding } from '../../core/audit/findings.ts'
import { sealedColumns } from '../../core/keys/sealed-columns.ts'
import { type Database, Prisma } from '../../platform/database/client.ts'

/** What was looked at: values that are what the log says, and values that the log says nothing of. */
export type ValueTally = { values: number; unknown: number }

type SealedValues = Readonly<{ column: string; resource: string; action: string; rows: Prisma.Sql }>

/** Every sealed column whose sealing is in the log, with the action that says so. */
const sealedValues: readonly SealedValues[] = Object.entries(sealedColumns).flatMap(
  ([column, { table, text, booking }]) => {
    if (booking === null) return []
    const from = Prisma.raw(table)
    const rows = Prisma.sql`SELECT t.id, ${booking.id} AS "bookingId", ${text} AS sealed FROM ${from} t WHERE ${text} IS NOT NULL`
    return [{ column, resource: booking.resource, action: booking.sealing, rows }]
  },
)

const valuesAtOnce = 500
// A value sealed more often than this within the tolerance below is not known.
const entriesAtOnce = 16

/**
 * Two nodes may seal the same value one right after the other, and their clocks differ a little, so which of two entries
 * is the newer is not certain within this time. Entries are told apart by their ids (UUIDv7), which are made at the moment
 * of writing, after the row's lock: `createdAt` is the start of a transaction, which may have waited for another.
 */
const toleranceMs = 5_000

type Value = Readonly<{ id: string; digest: string; entries: string }>
type Entry = Readonly<{ id: string; digest: string | null }>

/**
 * Finds sealed values that are not the newest that the log knows of: an older ciphertext was put back in its place, where
 * it opens as if nothing had happened. Yields one finding for each.
 */
export async function* findRolledBackValues(database: Database, tally: ValueTally): AsyncGenerator<Finding> {
  for (const source of sealedValues) {
    let after = '00000000-0000-0000-0000-000000000000'
    for (;;) {
      const values: Value[] = await readValues(database, source, after)
      for (const value of values) {
        const entries: Entry[] = JSON.parse(value.entries)
        if (entries.length === 0) tally.unknown += 1
        else tally.values += 1
        if (entries.length > 0 && !isNewest(value, entries)) yield rolledBack(source, value, entries)
      }
      after = values.at(-1)?.id ?? after
      if (values.length < valuesAtOnce) break
    }
  }
}

/** The value and what the log says of it in one statement: in two, a value sealed in between would look rolled back. */
async function readValues(database: Database, source: SealedValues, after: string): Promise<Value[]> {
  return database.$queryRaw<Value[]>`
    SELECT v.id, encode(sha256(convert_to(v.sealed, 'UTF8')), 'hex') AS digest, (
      SELECT coalesce(json_agg(json_build_object('id', e.id, 'digest', e.digest)), '[]')::text
      FROM (
        SELECT id, metadata ->> 'sealedDigest' AS digest FROM audit_logs
        WHERE "bookingId" = v."bookingId" AND resource = ${source.resource} AND "resourceId" = v.id::text
          AND (action = ${source.action} OR action = 'vault.resealed' AND metadata ->> 'column' = ${source.column})
        ORDER BY id DESC LIMIT ${entriesAtOnce}
      ) e
    ) AS entries
    FROM (${source.rows} AND id > ${after}::uuid ORDER BY id LIMIT ${valuesAtOnce}) v
    ORDER BY v.id`
}

function isNewest({ digest }: Value, entries: readonly Entry[]): boolean {
  const newest = Math.max(...entries.map(({ id }) => bornAt(id)))
  return entries.some((entry) => entry.digest === digest && bornAt(entry.id) >= newest - toleranceMs)
}

function rolledBack({ column }: SealedValues, { id, digest }: Value, entries: readonly Entry[]): Finding {
  const isOlder = entries.some((entry) => entry.digest === digest)
  const what = isOlder ? 'an older value was put back' : 'it is not a value that the log knows of'
  return { kind: 'rolled_back', row: null, seal: null, detail: `${column} of ${id}: ${what}` }
}

/** The milliseconds since 1970 in a UUIDv7 (RFC 9562): its first 48 bits. */
function bornAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
