import { type Database, Prisma } from '../../../platform/database/client.ts'
import { type Claim, claimActions, claimOfRow, newestOf } from '../claims.ts'
import type { Finding } from './findings.ts'

/** What was compared with the log: encrypted values, bookings, and rows without an entry. */
export type BookingTally = { values: number; bookings: number; unknown: number }

type Value = Readonly<{ subject: string; digest: string }>
type Found = Readonly<{ id: string; ownerId: string | null; values: string; claims: string }>

const batchSize = 200

const intake = 'bookings.encryptedIntakeData'

/**
 * Compares each booking's owner and encrypted values with the newest claims of the log. Yields a finding for a value
 * changed or deleted without an entry, an owner without a recorded handover, and a row without an entry.
 */
export async function* verifyBookings(database: Database, tally: BookingTally): AsyncGenerator<Finding> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const bookings: Found[] = await readBookings(database, after)
    for (const booking of bookings) yield* verifyBooking(booking, tally)
    after = bookings.at(-1)?.id ?? after
    if (bookings.length < batchSize) break
  }
  yield* findOrphans(database, tally)
}

/** Rows and claims in one statement: with two, a value written in between would look tampered with. */
function readBookings(database: Database, after: string): Promise<Found[]> {
  const digest = (column: Prisma.Sql) => Prisma.sql`encode(sha256(convert_to(${column}, 'UTF8')), 'hex')`
  const valuesOf = (subject: string, table: Prisma.Sql, column: Prisma.Sql) => Prisma.sql`
    SELECT json_build_object('subject', ${`${subject} `} || t.id, 'digest', ${digest(Prisma.sql`t.${column}`)}) AS value
    FROM ${table} t WHERE t."bookingId" = k.id AND t.${column} IS NOT NULL`
  return database.$queryRaw<Found[]>`
    SELECT k.id, b."userId" AS "ownerId", (
      SELECT coalesce(json_agg(value), '[]')::text FROM (
        SELECT json_build_object('subject', ${`${intake} `} || k.id, 'digest', ${digest(Prisma.sql`b.sealed`)}) AS value
        WHERE b.sealed IS NOT NULL
        UNION ALL ${valuesOf('context_summaries.encryptedSummary', Prisma.sql`context_summaries`, Prisma.sql`"encryptedSummary"`)}
        UNION ALL ${valuesOf('form_responses.encryptedData', Prisma.sql`form_responses`, Prisma.sql`"encryptedData"`)}
      ) v
    ) AS values, (
      SELECT coalesce(json_agg(${claimOfRow}), '[]')::text FROM audit_logs l
      WHERE l."bookingId" = k.id AND l.action IN (${Prisma.join([...claimActions])})
    ) AS claims
    FROM (SELECT id, "startTime" FROM booking_keys WHERE id > ${after}::uuid ORDER BY id LIMIT ${batchSize}) k
    LEFT JOIN LATERAL (
      SELECT "userId", "encryptedIntakeData" AS sealed FROM bookings WHERE id = k.id AND "startTime" = k."startTime" OFFSET 0
    ) b ON true
    ORDER BY k.id`
}

function* verifyBooking(booking: Found, tally: BookingTally): Generator<Finding> {
  const values: Value[] = JSON.parse(booking.values)
  const claims: Claim[] = JSON.parse(booking.claims)
  const bySubject = Map.groupBy(claims, ({ subject }) => subject)
  tally.bookings += 1
  if (booking.ownerId === null) {
    yield found('missing', `the booking ${booking.id} is gone, and only its key is left`)
  } else {
    yield* verifyOwner(booking.id, booking.ownerId, bySubject.get(`owner ${booking.id}`) ?? [], tally)
  }
  for (const value of values) {
    const finding = flawOfValue(value, bySubject.get(value.subject) ?? [])
    if (finding?.kind === 'no_entry') tally.unknown += 1
    else tally.values += 1
    if (finding !== null) yield finding
  }
  const presentSubjects = new Set(values.map(({ subject }) => subject))
  for (const [subject, subjectClaims] of bySubject) {
    if (subject.startsWith('owner ') || presentSubjects.has(subject)) continue
    const newest = newestOf(subjectClaims)
    if (newest.some(({ isRemoval }) => isRemoval)) continue
    if (newest.some(({ digest }) => digest !== null)) {
      yield found('missing', `${describeSubject(subject)} is missing, and the log has no entry of its deletion`)
    }
  }
}

function* verifyOwner(
  id: string,
  ownerId: string,
  subjectClaims: readonly Claim[],
  tally: BookingTally,
): Generator<Finding> {
  const claims = subjectClaims.filter((claim) => claim.ownerId !== null)
  if (claims.length === 0) {
    tally.unknown += 1
    yield found('no_entry', `the log has no entry of the owner of booking ${id}`)
  } else if (!newestOf(claims).some((claim) => claim.ownerId === ownerId)) {
    yield found('wrong_owner', `the booking ${id} has an owner that the log has no entry of`)
  }
}

function flawOfValue({ subject, digest }: Value, claims: readonly Claim[]): Finding | null {
  if (claims.length === 0) return found('no_entry', `${describeSubject(subject)}: the log has no entry of this value`)
  const newest = newestOf(claims)
  if (newest.some((claim) => claim.digest === digest)) return null
  const isOlder = claims.some((claim) => claim.digest === digest)
  const wasRemoved = newest.every(({ isRemoval }) => isRemoval)
  const reason = isOlder ? 'an older value was restored' : 'the log has no entry of this value'
  return found(
    'rolled_back',
    `${describeSubject(subject)}: ${wasRemoved ? 'there is a value where one was removed' : reason}`,
  )
}

/** Orphaned rows, and bookings in the log whose key is gone. Foreign keys prevent both. */
async function* findOrphans(database: Database, tally: BookingTally): AsyncGenerator<Finding> {
  const rows = await database.$queryRaw<{ what: string; id: string }[]>`
    SELECT 'bookings' AS what, t.id FROM bookings t
      WHERE NOT EXISTS (SELECT FROM booking_keys k WHERE k.id = t.id AND k."startTime" = t."startTime")
    UNION ALL SELECT 'context_summaries', t.id FROM context_summaries t
      WHERE NOT EXISTS (SELECT FROM booking_keys k WHERE k.id = t."bookingId")
    UNION ALL SELECT 'form_responses', t.id FROM form_responses t
      WHERE NOT EXISTS (SELECT FROM booking_keys k WHERE k.id = t."bookingId")`
  for (const { what, id } of rows) {
    tally.unknown += 1
    yield found('no_entry', `the row ${id} of ${what} belongs to no booking`)
  }
  const deleted = await database.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT l."bookingId" AS id FROM audit_logs l
    WHERE l."bookingId" IS NOT NULL AND l.action IN ('booking.created', 'booking.owner_recorded', 'audit.carried_over')
      AND NOT EXISTS (SELECT FROM booking_keys k WHERE k.id = l."bookingId")`
  for (const { id } of deleted) yield found('missing', `the booking ${id} is missing, and so is its key`)
}

/** `context_summaries.encryptedSummary of <id>`. */
function describeSubject(subject: string): string {
  return subject.replace(' ', ' of ')
}

function found(kind: Finding['kind'], detail: string): Finding {
  return { kind, row: null, seal: null, detail }
}
