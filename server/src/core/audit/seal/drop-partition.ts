import { setTimeout as wait } from 'node:timers/promises'
import { type Database, Prisma, type Transaction } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Span } from '../audit-rows.ts'
import { recordAudit } from '../record.ts'
import { carryOver } from './carry-over.ts'
import { compareSegment } from './compare-segment.ts'
import { type Dropped, receiptText } from './receipts.ts'
import { readSeals, type Seal, sealingLock } from './seal.ts'

/** One month's partition of the log. */
export type MonthPartition = Span & Readonly<{ name: string }>

/**
 * `unsealed`: some of its rows aren't sealed, or an older month still exists. `differs`: its rows differ from what was
 * sealed.
 */
export type DropOutcome = 'dropped' | 'empty' | 'unsealed' | 'differs'

type Deps = Readonly<{ database: Database; vault: Pick<Vault, 'mac'> }>

/** The monthly partitions of the log, oldest first. */
export async function listAuditPartitions(database: Pick<Database, '$queryRaw'>): Promise<MonthPartition[]> {
  const rows = await database.$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.audit_logs'::regclass ORDER BY c.relname`
  return rows.flatMap(({ name }) => {
    const [, year, month] = /^audit_logs_y(\d{4})m(\d{2})$/.exec(name) ?? []
    if (year === undefined || month === undefined) return []
    const start = [Number(year), Number(month) - 1] as const
    return { name, from: new Date(Date.UTC(...start)), until: new Date(Date.UTC(start[0], start[1] + 1)) }
  })
}

/**
 * Drops a month of the log if all of its rows are sealed and still match their seals; otherwise the drop would destroy
 * evidence. Its seals stay, and a receipt with the vault's MAC is written in the same transaction. Oldest first: while
 * an older month exists, the outcome is `unsealed`.
 */
export async function dropSealedPartition(deps: Deps, partition: MonthPartition): Promise<DropOutcome> {
  const { database } = deps
  const [contents] = await database.$queryRaw<{ rows: number; newest: Date | null }[]>`
    SELECT count(*)::int AS rows, max("createdAt") AS newest FROM ${tableOf(partition)}`
  if (contents === undefined || contents.newest === null) return 'empty'
  const seals = await sealsOf(database, partition)
  const [first, last] = [seals[0], seals.at(-1)]
  if (first === undefined || last === undefined || last.until <= contents.newest) return 'unsealed'
  const older = await database.auditSeal.count({ where: { number: { lt: first.number }, leaves: { not: null } } })
  if (older > 0) return 'unsealed'
  if (!(await isAsSealed(database, seals, contents.rows))) return 'differs'
  await carryOver(database, { table: tableOf(partition), until: partition.until })
  const dropped: Dropped = {
    partition: partition.name,
    from: partition.from.toISOString(),
    until: partition.until.toISOString(),
    rows: contents.rows,
    firstSeal: first.number,
    lastSeal: last.number,
    lastDigest: last.digest,
  }
  const metadata = { ...dropped, ...(await deps.vault.mac(receiptText(dropped))) }
  await lockTimeout(() =>
    database.$transaction(async (tx) => {
      await lockLog(tx)
      await tx.$executeRaw`DROP TABLE ${tableOf(partition)}`
      await tx.$executeRaw`
        UPDATE audit_seals SET leaves = NULL WHERE number BETWEEN ${first.number}::bigint AND ${last.number}::bigint`
      const auditFields = {
        resource: 'audit_log',
        resourceId: partition.name,
        userId: null,
        bookingId: null,
        origin: null,
      } as const
      await recordAudit(tx, [{ action: 'audit.partition_dropped', ...auditFields, metadata }])
    }),
  )
  return 'dropped'
}

/** The seals over the rows of one month. No segment spans two months, so its end identifies the month. */
async function sealsOf(database: Database, { from, until }: MonthPartition): Promise<Seal[]> {
  const [range] = await database.$queryRaw<{ first: number | null; count: number }[]>`
    SELECT min(number)::float8 AS first, count(*)::int AS count FROM audit_seals
    WHERE until > ${from}::timestamptz AND until <= ${until}::timestamptz`
  return range?.first == null ? [] : readSeals(database, range.first - 1, range.count)
}

async function isAsSealed(database: Database, seals: readonly Seal[], rows: number): Promise<boolean> {
  if (seals.reduce((sum, { rowCount }) => sum + rowCount, 0) !== rows) return false
  for (const seal of seals) {
    const row = await database.auditSeal.findUnique({ where: { number: seal.number }, select: { leaves: true } })
    if (row?.leaves == null || (await compareSegment(database, seal, row.leaves)) !== null) return false
  }
  return true
}

/** Dropping locks the whole log. The timeout is below deadlock_timeout, so a writer is never the deadlock victim. */
async function lockLog(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${sealingLock}, 0))::text`
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('make_partitions', 0))::text`
  await tx.$executeRaw`SELECT set_config('lock_timeout', '400ms', true)`
}

async function lockTimeout(drop: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await drop()
    } catch (error) {
      const timedOut = error instanceof Error && /\b(55P03|40P01)\b|lock timeout|deadlock/i.test(error.message)
      if (!timedOut || attempt >= 20) throw error
      await wait(250)
    }
  }
}

// A name from the catalog that needs no quoting.
function tableOf({ name }: MonthPartition): Prisma.Sql {
  return Prisma.raw(`public.${name}`)
}
