import { type Database, Prisma, type Transaction } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Identity, identityColumns, identityEntry } from '../identity.ts'
import { type AuditEntry, recordAudit } from '../record.ts'
import { readDroppedUntil } from '../seal/receipts.ts'

type BaselineDeps = Readonly<{ database: Database; vault: Pick<Vault, 'mac' | 'isMac'> }>

export type Baseline = Readonly<{ users: number; bookings: number; formResponses: number; values: number }>

const atOnce = 500

/**
 * Records each user's identity and each booking's owner once per database, for rows older than such entries. From then
 * on, a row without an entry is a finding. It records encrypted values only if their entries were dropped by retention,
 * according to its receipts: all others have entries since they were written.
 *
 * @param isRecordedElsewhere - whether this node knows of a baseline of this database: then none is recorded, because
 * only tampering with the log could have removed it
 * @returns null if there is one already
 */
export async function recordBaseline(
  { database, vault }: BaselineDeps,
  { isRecordedElsewhere }: Readonly<{ isRecordedElsewhere: boolean }>,
): Promise<Baseline | null> {
  if (isRecordedElsewhere || (await hasBaseline(database))) return null
  const users = await recordUsers(database, vault)
  const bookings = await recordOwners(database)
  const formResponses = await recordRemovedResponses(database)
  const values = await recordDroppedValues(database, await readDroppedUntil(database, vault))
  return database.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT FROM database_identity FOR UPDATE`
    // Another node that started at the same moment may have been first. Duplicate records are equal.
    if (await hasBaseline(tx)) return null
    const metadata = { users, bookings, formResponses, values }
    const auditFields = {
      resource: 'audit_log',
      resourceId: null,
      userId: null,
      bookingId: null,
      origin: null,
    } as const
    await recordAudit(tx, [{ action: 'audit.baseline_recorded', ...auditFields, metadata }])
    await tx.$executeRaw`UPDATE database_identity SET "baselineAt" = now()`
    return metadata
  })
}

/** According to the row, and to the sealed log. */
async function hasBaseline(reader: Pick<Transaction, '$queryRaw'>): Promise<boolean> {
  const rows = await reader.$queryRaw<unknown[]>`
    SELECT FROM database_identity WHERE "baselineAt" IS NOT NULL
    UNION ALL SELECT FROM audit_logs WHERE action = 'audit.baseline_recorded' LIMIT 1`
  return rows.length > 0
}

async function recordUsers(database: Database, vault: Pick<Vault, 'mac'>): Promise<number> {
  // Before the transaction: the first MAC of a database creates its key in a separate transaction.
  await vault.mac('')
  return database.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT FROM users ORDER BY id FOR UPDATE`
      const identities = await tx.$queryRaw<Identity[]>`
        SELECT ${identityColumns} FROM users u LEFT JOIN user_credentials c ON c."userId" = u.id
        WHERE NOT EXISTS (
          SELECT FROM audit_logs l WHERE l.action = 'user.identity_recorded' AND l."resourceId" = u.id::text)
        ORDER BY u.id`
      await recordAudit(tx, await Promise.all(identities.map((identity) => identityEntry(vault, identity))))
      return identities.length
    },
    { timeout: 60_000 },
  )
}

async function recordOwners(database: Database): Promise<number> {
  let recorded = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const ids: string[] = await database.$transaction(async (tx) => {
      // Every writer of a booking takes this lock, so it can't be handed over meanwhile.
      const keys = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM booking_keys WHERE id > ${after}::uuid ORDER BY id LIMIT ${atOnce} FOR NO KEY UPDATE`
      const unrecorded = await tx.$queryRaw<{ id: string; ownerId: string }[]>`
        SELECT k.id, b."userId" AS "ownerId"
        FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
        WHERE k.id = ANY(${keys.map(({ id }) => id)}::uuid[]) AND NOT EXISTS (
          SELECT FROM audit_logs l WHERE l."bookingId" = k.id
            AND l.action IN ('booking.created', 'booking.handed_over', 'booking.owner_recorded')
            AND l.metadata ? 'position' AND (l.metadata ? 'ownerId' OR l.metadata ? 'toUserId'))`
      await recordAudit(tx, unrecorded.map(ownerEntry))
      recorded += unrecorded.length
      return keys.map(({ id }) => id)
    })
    after = ids.at(-1) ?? after
    if (ids.length < atOnce) return recorded
  }
}

/** Answers replaced before replacements were recorded: the log has their encryption, but they are gone. */
async function recordRemovedResponses(database: Database): Promise<number> {
  return database.$transaction(
    async (tx) => {
      const removed = await tx.$queryRaw<{ id: string; bookingId: string }[]>`
        SELECT DISTINCT l."resourceId" AS id, l."bookingId" FROM audit_logs l
        WHERE l.action = 'form_response.sealed' AND l."bookingId" IS NOT NULL
          AND NOT EXISTS (SELECT FROM form_responses r WHERE r.id::text = l."resourceId")
          AND NOT EXISTS (
            SELECT FROM audit_logs p WHERE p.action = 'form_response.purged' AND p."resourceId" = l."resourceId")`
      for (let start = 0; start < removed.length; start += atOnce) {
        await recordAudit(tx, removed.slice(start, start + atOnce).map(removalEntry))
      }
      return removed.length
    },
    { timeout: 60_000 },
  )
}

const sealedTables = [
  ['bookings.encryptedIntakeData', Prisma.sql`bookings`, Prisma.sql`t.id`, Prisma.sql`t."encryptedIntakeData"`],
  [
    'context_summaries.encryptedSummary',
    Prisma.sql`context_summaries`,
    Prisma.sql`t."bookingId"`,
    Prisma.sql`t."encryptedSummary"`,
  ],
  [
    'form_responses.encryptedData',
    Prisma.sql`form_responses`,
    Prisma.sql`t."bookingId"`,
    Prisma.sql`t."encryptedData"`,
  ],
] as const

/** Values older than the newest dropped month without an entry in the log. */
async function recordDroppedValues(database: Database, droppedUntil: Date | null): Promise<number> {
  if (droppedUntil === null) return 0
  let recorded = 0
  for (const [column, table, bookingId, sealed] of sealedTables) {
    await database.$transaction(
      async (tx) => {
        const values = await tx.$queryRaw<{ id: string; bookingId: string; sealedDigest: string }[]>`
          SELECT t.id, ${bookingId} AS "bookingId", encode(sha256(convert_to(${sealed}, 'UTF8')), 'hex') AS "sealedDigest"
          FROM ${table} t JOIN booking_keys k ON k.id = ${bookingId}
          WHERE ${sealed} IS NOT NULL AND t."createdAt" < ${droppedUntil}::timestamptz AND NOT EXISTS (
            SELECT FROM audit_logs l WHERE l."bookingId" = ${bookingId} AND l.metadata ? 'sealedDigest'
              AND l.action NOT LIKE '%.read' AND l."resourceId" = t.id::text)
          FOR NO KEY UPDATE OF k`
        for (let start = 0; start < values.length; start += atOnce) {
          await recordAudit(
            tx,
            values.slice(start, start + atOnce).map((value) => valueEntry(column, value)),
          )
        }
        recorded += values.length
      },
      { timeout: 120_000 },
    )
  }
  return recorded
}

function valueEntry(
  column: string,
  { id, bookingId, sealedDigest }: Readonly<{ id: string; bookingId: string; sealedDigest: string }>,
): AuditEntry {
  const auditFields = { resource: 'audit_log', resourceId: id, userId: null, bookingId, origin: null } as const
  return { action: 'audit.carried_over', ...auditFields, metadata: { subject: `${column} ${id}`, sealedDigest } }
}

function ownerEntry({ id, ownerId }: Readonly<{ id: string; ownerId: string }>): AuditEntry {
  const auditFields = { resource: 'booking', resourceId: id, userId: null, bookingId: id, origin: null } as const
  return { action: 'booking.owner_recorded', ...auditFields, metadata: { ownerId } }
}

function removalEntry({ id, bookingId }: Readonly<{ id: string; bookingId: string }>): AuditEntry {
  const auditFields = { resource: 'form_response', resourceId: id, userId: null, bookingId, origin: null } as const
  return { action: 'form_response.purged', ...auditFields, metadata: { reason: 'before_baseline' } }
}
