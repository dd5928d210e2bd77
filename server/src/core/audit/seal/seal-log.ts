import type { Clock } from '../../../platform/clock.ts'
import { type Database, Prisma, type Transaction } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import { readAuditRows, type Span } from '../audit-rows.ts'
import { digestOfLeaves, leafOf, packLeaves } from './leaves.ts'
import { graceSeconds, safeWatermark } from './safe-watermark.ts'
import {
  beginningOfTime,
  digestOfSeal,
  firstPreviousDigest,
  readNewestSeal,
  type Seal,
  sealingLock,
  sealText,
} from './seal.ts'

export type SealLogDeps = Readonly<{ database: Database; vault: Pick<Vault, 'mac'>; clock: Clock }>

export type SealLogOptions = Readonly<{
  /** About how many rows one seal is over. More only where more have the very same time. */
  stretchRows?: number
  /** How many seals one call makes at most; the next call goes on. */
  mostSeals?: number
  /** See closedUntil. */
  grace?: number
}>

/** What came of one call. `isBehind`: there may be more to seal at once. `isWaiting`: something keeps the log open. */
export type Sealed = Readonly<{ seals: number; rows: number; isBehind: boolean; isWaiting: boolean }>

type Outcome = Seal | 'nothing' | 'busy' | 'waiting'

/**
 * Seals what is closed of the log, stretch by stretch in the order (createdAt, id), each chained to the one before. It
 * only reads the log: no writer waits for it or does anything for it. Calls at the same time, on any node, give way to
 * each other; seals are numbered without a gap.
 */
export async function sealLog(deps: SealLogDeps, options: SealLogOptions = {}): Promise<Sealed> {
  const { stretchRows = 10_000, mostSeals = 100, grace = graceSeconds } = options
  let seals = 0
  let rows = 0
  while (seals < mostSeals) {
    const outcome = await deps.database.$transaction((tx) => sealNext(tx, deps, stretchRows, grace), {
      // Each statement must see what committed before it: with one snapshot for all, the rows would be read as of a time
      // before they were known to be closed.
      isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted,
      timeout: 120_000,
    })
    if (typeof outcome === 'string') return { seals, rows, isBehind: false, isWaiting: outcome === 'waiting' }
    seals += 1
    rows += outcome.rowCount
  }
  return { seals, rows, isBehind: true, isWaiting: false }
}

async function sealNext(tx: Transaction, deps: SealLogDeps, stretchRows: number, grace: number): Promise<Outcome> {
  const [lock] = await tx.$queryRaw<{ isMine: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${sealingLock}, 0)) AS "isMine"`
  if (lock?.isMine !== true) return 'busy'
  const previous = await readNewestSeal(tx)
  const from = previous?.until ?? beginningOfTime
  // Before the rows are read, never after: see closedUntil.
  const closed = await safeWatermark(tx, grace)
  if (closed === null) return 'waiting'
  const span = await nextSpan(tx, { from, until: closed }, stretchRows)
  if (span === null) return 'nothing'
  const leaves = await packSpan(tx, span)
  const stretch = {
    ...span,
    number: (previous?.number ?? 0) + 1,
    rowCount: leaves.count,
    rowsDigest: digestOfLeaves(leaves.packed),
    previousDigest: previous?.digest ?? firstPreviousDigest,
    sealedAt: deps.clock.now(),
  }
  const seal = { ...stretch, digest: digestOfSeal(stretch), ...(await deps.vault.mac(sealText(stretch))) }
  const { sealedAt, ...columns } = seal
  await tx.auditSeal.create({ data: { ...columns, createdAt: sealedAt, leaves: leaves.packed } })
  return seal
}

/**
 * The next stretch that has rows: at most about `stretchRows` of them, whole milliseconds, and all of one month (UTC), so
 * that retention drops whole stretches with their month's partition. Null where there is no row.
 */
async function nextSpan(tx: Transaction, { from, until }: Span, stretchRows: number): Promise<Span | null> {
  const [bounds] = await tx.$queryRaw<{ first: Date; beyond: Date | null }[]>`
    WITH opening AS (
      SELECT "createdAt" AS first FROM audit_logs
      WHERE "createdAt" >= ${from}::timestamptz AND "createdAt" < ${until}::timestamptz
      ORDER BY "createdAt", id LIMIT 1
    )
    SELECT first, (
      SELECT "createdAt" FROM audit_logs
      WHERE "createdAt" >= ${from}::timestamptz AND "createdAt" < ${until}::timestamptz
      ORDER BY "createdAt", id OFFSET ${stretchRows} LIMIT 1
    ) AS beyond
    FROM opening`
  if (bounds === undefined) return null
  const { first, beyond } = bounds
  const nextMonth = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1)
  // Rows of one millisecond are not parted, however many they are.
  const full = beyond === null ? until.getTime() : Math.max(beyond.getTime(), first.getTime() + 1)
  return { from, until: new Date(Math.min(until.getTime(), nextMonth, full)) }
}

async function packSpan(tx: Transaction, span: Span): Promise<{ packed: Uint8Array<ArrayBuffer>; count: number }> {
  const parts: Buffer[] = []
  let count = 0
  for await (const rows of readAuditRows(tx, span)) {
    parts.push(packLeaves(rows.map(leafOf)))
    count += rows.length
  }
  return { packed: new Uint8Array(Buffer.concat(parts)), count }
}
