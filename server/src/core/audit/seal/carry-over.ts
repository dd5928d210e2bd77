import { type Database, Prisma, type Transaction } from '../../../platform/database/client.ts'
import type { AuditMetadata } from '../actions.ts'
import { claimActions, removals, subjectOfRow } from '../claims.ts'
import { type AuditEntry, recordAudit } from '../record.ts'

/** One month's partition of the log: its quoted table name, and its end. */
type Month = Readonly<{ table: Prisma.Sql; until: Date }>

type CurrentClaim = Readonly<{
  subject: string
  bookingId: string | null
  sealedDigest: string | null
  ownerId: string | null
  identityMac: string | null
  keyId: string | null
}>

const atOnce = 500

/**
 * Repeats the claims of a month that is about to be dropped as new entries, if their rows still exist: digests of
 * encrypted values, owners of bookings, identities of users, and receipts of restores. It copies the claims and reads
 * no row, so a tampered row isn't legitimized. Subjects with newer entries are skipped, so it is idempotent.
 */
export async function carryOver(database: Database, { table, until }: Month): Promise<void> {
  const subjects = await subjectsIn(database, table)
  for (let start = 0; start < subjects.length; start += atOnce) {
    const batch = subjects.slice(start, start + atOnce)
    await database.$transaction((tx) => carryOverSubjects(tx, { table, until }, batch), { timeout: 60_000 })
  }
  await database.$transaction(async (tx) => {
    const receipts = await tx.$queryRaw<{ metadata: AuditMetadata<'audit.restored'> }[]>`
      SELECT l.metadata FROM ${table} l WHERE l.action = 'audit.restored' AND NOT EXISTS (
        SELECT FROM audit_logs later WHERE later.action = 'audit.restored' AND later."createdAt" >= ${until}::timestamptz
          AND later.metadata ->> 'mac' = l.metadata ->> 'mac')`
    await recordAudit(
      tx,
      receipts.map(({ metadata }) => receiptEntry(metadata)),
    )
  })
}

async function subjectsIn(database: Database, table: Prisma.Sql): Promise<string[]> {
  const rows = await database.$queryRaw<{ subject: string }[]>`
    SELECT DISTINCT subject FROM (
      SELECT ${subjectOfRow} AS subject FROM ${table} l WHERE l.action IN (${Prisma.join([...claimActions])})
    ) s WHERE subject IS NOT NULL ORDER BY 1`
  return rows.map(({ subject }) => subject)
}

async function carryOverSubjects(tx: Transaction, { table, until }: Month, subjects: readonly string[]): Promise<void> {
  // Every writer of a claim holds one of these locks, so the next statement sees all committed claims.
  const ids = subjects.map((subject) => subject.slice(subject.indexOf(' ') + 1))
  await tx.$executeRaw`
    SELECT FROM booking_keys WHERE id = ANY(${ids}::uuid[]) OR id IN (
      SELECT "bookingId" FROM context_summaries WHERE id = ANY(${ids}::uuid[])
      UNION SELECT "bookingId" FROM form_responses WHERE id = ANY(${ids}::uuid[])
    ) ORDER BY id FOR NO KEY UPDATE`
  await tx.$executeRaw`SELECT FROM users WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR UPDATE`
  const claims = await tx.$queryRaw<CurrentClaim[]>`
    SELECT newest.* FROM (
      SELECT DISTINCT ON (subject) subject, "bookingId", action, metadata ->> 'sealedDigest' AS "sealedDigest",
        coalesce(metadata ->> 'ownerId', metadata ->> 'toUserId') AS "ownerId",
        metadata ->> 'identityMac' AS "identityMac", metadata ->> 'keyId' AS "keyId"
      FROM (
        SELECT l.*, ${subjectOfRow} AS subject FROM ${table} l WHERE l.action IN (${Prisma.join([...claimActions])})
      ) claims
      WHERE subject = ANY(${[...subjects]}::text[])
      ORDER BY subject, (metadata ->> 'position')::bigint DESC NULLS LAST, "createdAt" DESC, id DESC
    ) newest
    WHERE action NOT IN (${Prisma.join([...removals])})
      AND coalesce("sealedDigest", "ownerId", "identityMac") IS NOT NULL`
  const bookingIds = claims.flatMap(({ bookingId }) => bookingId ?? [])
  const newer = await tx.$queryRaw<{ subject: string }[]>`
    SELECT ${subjectOfRow} AS subject FROM audit_logs l
    WHERE l."createdAt" >= ${until}::timestamptz AND l."bookingId" = ANY(${bookingIds}::uuid[])
      AND l.action IN (${Prisma.join([...claimActions])})
    UNION SELECT ${subjectOfRow} FROM audit_logs l
    WHERE l."createdAt" >= ${until}::timestamptz AND l."bookingId" IS NULL AND l."resourceId" = ANY(${ids}::text[])
      AND l.action IN ('user.identity_recorded', 'audit.carried_over')`
  const superseded = new Set(newer.map(({ subject }) => subject))
  await recordAudit(tx, claims.filter(({ subject }) => !superseded.has(subject)).map(claimEntry))
}

function claimEntry({ subject, bookingId, sealedDigest, ownerId, identityMac, keyId }: CurrentClaim): AuditEntry {
  const isIdentity = identityMac !== null && keyId !== null
  return {
    action: 'audit.carried_over',
    resource: 'audit_log',
    resourceId: subject.slice(subject.indexOf(' ') + 1),
    userId: null,
    bookingId,
    origin: null,
    metadata: {
      subject,
      ...(sealedDigest !== null && { sealedDigest }),
      ...(ownerId !== null && { ownerId }),
      ...(isIdentity && { identityMac, keyId }),
    },
  }
}

function receiptEntry(metadata: AuditMetadata<'audit.restored'>): AuditEntry {
  const { restoredTo, restoredDigest, lost, keyId, mac } = metadata
  return {
    action: 'audit.restored',
    resource: 'audit_log',
    resourceId: null,
    userId: null,
    bookingId: null,
    origin: null,
    metadata: { restoredTo, restoredDigest, lost, keyId, mac },
  }
}
