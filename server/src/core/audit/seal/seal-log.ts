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
  /** The approximate number of rows per seal. Exceeded only if more rows have the same time. */
  segmentRows?: number
  /** The maximum number of seals per call. */
  maxSeals?: number
  /** See safeWatermark. */
  grace?: number
}>

/**
 * The result of one call. `isBehind`: more may be ready to seal. `isWaiting`: an open transaction holds the watermark
 * back.
 */
export type Sealed = Readonly<{ seals: number; rows: number; isBehind: boolean; isWaiting: boolean }>

type Outcome = Seal | 'nothing' | 'busy' | 'waiting'

/**
 * Seals the complete part of the log in segments ordered by (createdAt, id), each chained to the previous one. It only
 * reads the log, so writers never wait. Concurrent calls on any node yield to each other; seals are numbered without
 * gaps.
 */
export async function sealLog(deps: SealLogDeps, options: SealLogOptions = {}): Promise<Sealed> {
  const { segmentRows = 10_000, maxSeals = 100, grace = graceSeconds } = options
  let seals = 0
  let rows = 0
  while (seals < maxSeals) {
    const outcome = await deps.database.$transaction((tx) => sealNext(tx, deps, segmentRows, grace), {
      // Each statement needs its own snapshot: a single one would be older than the watermark and miss rows.
      isolationLevel: Prisma.TransactionIsolationLevel.ReadCommitted,
      timeout: 120_000,
    })
    if (typeof outcome === 'string') return { seals, rows, isBehind: false, isWaiting: outcome === 'waiting' }
    seals += 1
    rows += outcome.rowCount
  }
  return { seals, rows, isBehind: true, isWaiting: false }
}

async function sealNext(tx: Transaction, deps: SealLogDeps, segmentRows: number, grace: number): Promise<Outcome> {
  const [lock] = await tx.$queryRaw<{ isAcquired: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${sealingLock}, 0)) AS "isAcquired"`
  if (lock?.isAcquired !== true) return 'busy'
  const previous = await readNewestSeal(tx)
  const from = previous?.until ?? beginningOfTime
  // Compute the watermark before reading rows, never after: see safeWatermark.
  const closed = await safeWatermark(tx, grace)
  if (closed === null) return 'waiting'
  const span = await nextSpan(tx, { from, until: closed }, segmentRows)
  if (span === null) return 'nothing'
  const leaves = await packSpan(tx, span)
  const unsignedSeal = {
    ...span,
    number: (previous?.number ?? 0) + 1,
    rowCount: leaves.count,
    rowsDigest: digestOfLeaves(leaves.packed),
    previousDigest: previous?.digest ?? firstPreviousDigest,
    sealedAt: deps.clock.now(),
  }
  const seal = {
    ...unsignedSeal,
    digest: digestOfSeal(unsignedSeal),
    ...(await deps.vault.mac(sealText(unsignedSeal))),
  }
  const { sealedAt, ...columns } = seal
  await tx.auditSeal.create({ data: { ...columns, createdAt: sealedAt, leaves: leaves.packed } })
  return seal
}

/**
 * The next segment with rows: about `segmentRows` at most, whole milliseconds, and within one month (UTC), so that
 * retention can drop whole segments with their partition. Null if there is no row.
 */
async function nextSpan(tx: Transaction, { from, until }: Span, segmentRows: number): Promise<Span | null> {
  const [bounds] = await tx.$queryRaw<{ first: Date; beyond: Date | null }[]>`
    WITH opening AS (
      SELECT "createdAt" AS first FROM audit_logs
      WHERE "createdAt" >= ${from}::timestamptz AND "createdAt" < ${until}::timestamptz
      ORDER BY "createdAt", id LIMIT 1
    )
    SELECT first, (
      SELECT "createdAt" FROM audit_logs
      WHERE "createdAt" >= ${from}::timestamptz AND "createdAt" < ${until}::timestamptz
      ORDER BY "createdAt", id OFFSET ${segmentRows} LIMIT 1
    ) AS beyond
    FROM opening`
  if (bounds === undefined) return null
  const { first, beyond } = bounds
  const nextMonth = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1)
  // Rows of one millisecond stay together, however many there are.
  const segmentEnd = beyond === null ? until.getTime() : Math.max(beyond.getTime(), first.getTime() + 1)
  return { from, until: new Date(Math.min(until.getTime(), nextMonth, segmentEnd)) }
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
