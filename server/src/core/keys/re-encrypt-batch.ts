import { type Database, Prisma, type Transaction } from '../../platform/database/client.ts'
import { runTransaction } from '../../platform/database/run-transaction.ts'
import { recordAudit } from '../audit/record.ts'
import type { EncryptedColumn } from '../vault/aad-context.ts'
import { UnreadableError } from '../vault/errors.ts'
import type { Vault } from '../vault/vault.ts'
import { type EncryptedColumnInfo, encryptedColumns, prefixOf, prefixUnder } from './encrypted-columns.ts'

export type ReEncryptDeps = Readonly<{
  database: Database
  vault: Pick<Vault, 'decrypt' | 'encrypt' | 'digestOf' | 'keyIdOf' | 'reload'>
}>

/** A value under an old key, and its row. */
export type OldValue = Readonly<{ id: string; sealed: string; ownerId: string | null; bookingId: string | null }>

/** The outcome of a batch. `overtaken`: the row was locked, or has a newer value; a later pass retries it. */
export type BatchOutcome = Readonly<{ resealed: number; overtaken: number; unreadableIds: readonly string[] }>

type NewValue = OldValue & Readonly<{ renewedText: string }>

/** A range of a table: at most `limit` rows after an ID, with those of its values that are under an old key. */
export type Segment = Readonly<{ values: readonly OldValue[]; lastId: string | null }>

/**
 * Reads the next range of one partition by primary key. Never reads more than `limit` rows, however few of them are
 * old.
 */
export async function readSegment(
  database: Database,
  name: EncryptedColumn,
  partition: Prisma.Sql,
  oldKeyIds: readonly string[],
  after: string,
  limit: number,
): Promise<Segment> {
  const info = encryptedColumns[name]
  const bookingId = info.booking === null ? Prisma.sql`NULL::text` : Prisma.sql`${info.booking.id}::text`
  const rows = await database.$queryRaw<(Omit<OldValue, 'sealed'> & { sealed: string | null })[]>`
    SELECT t.id, ${bookingId} AS "bookingId", old.sealed, CASE WHEN old.sealed IS NOT NULL THEN ${info.owner} END AS "ownerId"
    FROM (SELECT * FROM ${partition} WHERE id > ${after}::uuid ORDER BY id LIMIT ${limit}::int) t
    CROSS JOIN LATERAL (
      SELECT CASE WHEN ${prefixOf(info)} = ANY(${oldKeyIds.map(prefixUnder)}::text[]) THEN ${info.text} END AS sealed
    ) old
    ORDER BY t.id`
  const values = rows.flatMap(({ sealed, ...row }) => (sealed === null ? [] : [{ ...row, sealed }]))
  return { values, lastId: rows.at(-1)?.id ?? null }
}

/**
 * Re-encrypts the values with the same AAD and updates them in one short transaction, but only rows that are unlocked
 * and still hold the old value. The audit entries are in the same transaction, so a kill at any moment leaves the old
 * value, or the new one with its entry.
 */
export async function reEncryptBatch(
  deps: ReEncryptDeps,
  name: EncryptedColumn,
  partition: Prisma.Sql,
  values: readonly OldValue[],
): Promise<BatchOutcome> {
  const unreadableIds: string[] = []
  const renewed: NewValue[] = []
  for (const value of values) {
    const renewedText = await reEncrypt(deps, name, value)
    if (renewedText === null) unreadableIds.push(value.id)
    // A node that has not heard of a rotation encrypts under the old key, which would be pointless.
    else if (deps.vault.keyIdOf(renewedText) !== deps.vault.keyIdOf(value.sealed))
      renewed.push({ ...value, renewedText })
  }
  const resealed =
    renewed.length === 0 ? 0 : await runTransaction(deps.database, (tx) => store(tx, deps, name, partition, renewed))
  return { resealed, overtaken: values.length - unreadableIds.length - resealed, unreadableIds }
}

async function reEncrypt({ vault }: ReEncryptDeps, column: EncryptedColumn, value: OldValue): Promise<string | null> {
  if (value.ownerId === null) return null
  const aadContext = { column, rowId: value.id, ownerId: value.ownerId }
  try {
    return await vault.encrypt(await vault.decrypt(value.sealed, aadContext), aadContext)
  } catch (error) {
    if (error instanceof UnreadableError) return null
    throw error
  }
}

async function store(
  tx: Transaction,
  { vault }: ReEncryptDeps,
  name: EncryptedColumn,
  partition: Prisma.Sql,
  values: readonly NewValue[],
): Promise<number> {
  const info = encryptedColumns[name]
  await tx.$executeRaw`SELECT set_config('churchhub.keeps_updated_at', 'on', true)`
  const { join, lock } = lockOf(info)
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH given AS (
      SELECT * FROM UNNEST(
        ${values.map(({ id }) => id)}::uuid[], ${values.map(({ sealed }) => sealed)}::text[], ${values.map(({ renewedText }) => renewedText)}::text[]
      ) AS given (id, old, anew)
    ), held AS MATERIALIZED (
      -- Waits for nobody, so that no writer ever waits in a ring with this. Who is at a row writes it under the new key anyway.
      SELECT t.id FROM ${partition} t JOIN given ON given.id = t.id ${join}
      WHERE ${info.text} = given.old
      FOR NO KEY UPDATE OF t SKIP LOCKED ${lock}
    )
    UPDATE ${partition} t SET ${info.column} = ${info.written(Prisma.sql`given.anew`)}
    FROM given JOIN held ON held.id = given.id
    WHERE t.id = given.id AND ${info.text} = given.old
    RETURNING t.id`
  const stored = new Set(rows.map(({ id }) => id))
  if (info.booking !== null) {
    const { resource } = info.booking
    const entries = values
      .filter(({ id }) => stored.has(id))
      .map(({ id, bookingId, renewedText }) => ({
        action: 'vault.resealed' as const,
        resource,
        resourceId: id,
        userId: null,
        bookingId,
        origin: null,
        metadata: {
          column: name,
          sealedDigest: vault.digestOf(renewedText),
          keyId: vault.keyIdOf(renewedText) ?? undefined,
        },
      }))
    await recordAudit(tx, entries)
  }
  return stored.size
}

/**
 * Writers of a booking serialize on its key: an update takes it by trigger, an audit entry by foreign key. Take both
 * kinds of lock first, before holding anything that another transaction could want.
 */
function lockOf({ booking }: EncryptedColumnInfo): { join: Prisma.Sql; lock: Prisma.Sql } {
  if (booking === null) return { join: Prisma.empty, lock: Prisma.empty }
  return {
    join: Prisma.sql`JOIN booking_keys k ON k.id = ${booking.id}`,
    lock: booking.isItself
      ? Prisma.sql`FOR NO KEY UPDATE OF k SKIP LOCKED`
      : Prisma.sql`FOR KEY SHARE OF k SKIP LOCKED`,
  }
}
