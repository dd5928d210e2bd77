import { type Database, Prisma } from '../../platform/database/client.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { EncryptedColumn } from '../vault/aad-context.ts'
import { encryptedColumnNames, encryptedColumns } from './encrypted-columns.ts'
import { type OldValue, type ReEncryptDeps, readSegment, reEncryptBatch } from './re-encrypt-batch.ts'

export type ReEncryptValuesDeps = ReEncryptDeps & Readonly<{ log: Pick<Log, 'warn'> }>

/** The progress of a pass: everything up to this row has been examined. */
export type ReEncryptCursor = Readonly<{ column: EncryptedColumn; partition: string; after: string }>

export type ReEncryptOptions = Readonly<{
  /** Where an earlier slice of this pass ended; null for a new pass. */
  from: ReEncryptCursor | null
  /** Ends the slice after the current batch. */
  signal: AbortSignal
  /** Values re-encrypted in one transaction. */
  batchSize?: number
}>

/** The results of a slice. */
export type ReEncryptTally = Readonly<{
  resealed: number
  /** Values that were being written: another pass must retry them. */
  overtaken: number
  /** Undecryptable values. They stay unchanged, and so does their data key. */
  unreadable: number
  /** Where to resume; null when the pass is complete. */
  next: ReEncryptCursor | null
}>

/** Rows examined by one statement. */
const segmentRows = 500
const firstId = '00000000-0000-0000-0000-000000000000'
const rowIdsInLog = 20

/**
 * Re-encrypts values under retired data keys with the active one: a pass over every encrypted column, partition by
 * partition and by ID, in short transactions, until the end of the pass or the signal. It can be killed, rerun and run
 * concurrently: completed work is kept, and a writer's newer value always wins.
 */
export async function reEncryptValues(
  deps: ReEncryptValuesDeps,
  { from, signal, batchSize = 50 }: ReEncryptOptions,
): Promise<ReEncryptTally> {
  const oldKeyIds = await readRetiredKeyIds(deps.database)
  const tally = { resealed: 0, overtaken: 0, unreadable: 0 }
  if (oldKeyIds.length === 0) return { ...tally, next: null }
  // This node may not have heard of the rotation yet.
  await deps.vault.reload()
  for (const column of encryptedColumnNames.filter((name) => name >= (from?.column ?? ''))) {
    const start = column === from?.column ? from : null
    for (const partition of await partitionsOf(deps.database, encryptedColumns[column].table)) {
      if (partition < (start?.partition ?? '')) continue
      let after = partition === start?.partition ? start.after : firstId
      const table = Prisma.raw(`public."${partition}"`)
      for (;;) {
        if (signal.aborted) return { ...tally, next: { column, partition, after } }
        const segment = await readSegment(deps.database, column, table, oldKeyIds, after, segmentRows)
        for (const batch of batchesOf(segment.values, batchSize)) {
          if (signal.aborted) return { ...tally, next: { column, partition, after } }
          const { resealed, overtaken, unreadableIds } = await reEncryptBatch(deps, column, table, batch)
          tally.resealed += resealed
          tally.overtaken += overtaken
          tally.unreadable += unreadableIds.length
          logUnreadable(deps, column, unreadableIds)
          after = batch.at(-1)?.id ?? after
        }
        if (segment.lastId === null) break
        after = segment.lastId
      }
    }
  }
  return { ...tally, next: null }
}

/** Data keys that are retired but not destroyed, without the audit log's key, which encrypts nothing. */
async function readRetiredKeyIds(database: Database): Promise<string[]> {
  const rows = await database.dataKey.findMany({
    where: { purpose: 'seal', retiredAt: { not: null }, destroyedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  return rows.map(({ id }) => id)
}

/**
 * The tables with a table's rows: its partitions, or itself. If a partition is dropped during a pass, the pass fails
 * and the next one sees the current partitions.
 */
async function partitionsOf(database: Database, table: string): Promise<string[]> {
  const rows = await database.$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE ${`public.${table}`}::regclass IN (c.oid, i.inhparent) AND c.relkind = 'r' ORDER BY c.relname COLLATE "C"`
  return rows.map(({ name }) => name)
}

function* batchesOf(values: readonly OldValue[], size: number): Generator<readonly OldValue[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size)
}

function logUnreadable({ log }: ReEncryptValuesDeps, column: EncryptedColumn, rowIds: readonly string[]): void {
  if (rowIds.length === 0) return
  const fields = { column, values: rowIds.length, rowIds: rowIds.slice(0, rowIdsInLog) }
  log.warn(fields, "some values can't be decrypted: they are left unchanged, and their data key is kept")
}
