import { setTimeout as wait } from 'node:timers/promises'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { safeWatermark } from '../../core/audit/seal/safe-watermark.ts'
import type { Database } from '../../platform/database/client.ts'
import type { ExportFormat } from './export.model.ts'
import type { AuditLogFilter } from './filter.model.ts'
import { countAuditLogs, listAuditPositions } from './page.reads.ts'
import type { Position } from './position.model.ts'
import { readAuditLogs } from './reads.ts'
import { restrictFilter } from './restrict-filter.ts'

/** An export that is on record. `chunks` are its text, made as they are taken. */
export type AuditExport = Readonly<{ rows: number; chunks: AsyncGenerator<string> }>

const rowsAtOnce = 1_000
// Far above what is about one pastor in a month.
const positionsAtOnce = 100_000
const patienceMs = 2_000

/**
 * Exports what a viewer may see of the audit log and a filter lets through, newest first. When this returns, the export is
 * on record with its number of rows; only then is there a first byte to be had. What is written later is not in it, its
 * own entry included.
 *
 * @throws AuditUnavailableError when it can't be put on record: then nothing is exported
 */
export async function exportAuditLog(
  { database }: Readonly<{ database: Database }>,
  asker: Readonly<{ viewer: Viewer; origin: Origin }>,
  format: ExportFormat,
  filter: AuditLogFilter,
): Promise<AuditExport> {
  const { viewer, origin } = asker
  const end = await endOfLog(database)
  const { from, to } = filter.createdAt ?? {}
  const bounded = { ...restrictFilter(filter), createdAt: { from, to: to && to < end ? to : end } }
  const rows = await countAuditLogs(database, viewer, bounded)
  const about = { resource: 'audit_log', resourceId: null, userId: viewer.userId, bookingId: null, origin } as const
  await database.$transaction((tx) =>
    recordAudit(tx, [{ action: 'audit.exported', ...about, metadata: { format: format.name, rows } }]),
  )
  return { rows, chunks: chunksOf(database, viewer, format, bounded) }
}

/**
 * A time just past now up to which nothing more will be written, so that the rows counted are the rows exported. Waits
 * for the transactions that are open, but not for ever: behind one that stays open an entry may still come in between.
 */
async function endOfLog(database: Database): Promise<Date> {
  const [clock] = await database.$queryRaw<{ now: Date }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' AS now`
  const end = clock?.now ?? new Date()
  const deadline = Date.now() + patienceMs
  for (;;) {
    const closed = await safeWatermark(database, 0)
    if ((closed !== null && closed >= end) || Date.now() > deadline) return end
    await wait(5)
  }
}

async function* chunksOf(
  database: Database,
  viewer: Viewer,
  format: ExportFormat,
  filter: AuditLogFilter,
): AsyncGenerator<string> {
  yield format.header
  for await (const positions of positionsOf(database, viewer, filter)) {
    for (let start = 0; start < positions.length; start += rowsAtOnce) {
      const rows = await readAuditLogs(database, positions.slice(start, start + rowsAtOnce), {})
      yield rows.map(format.line).join('')
    }
  }
}

/** All places of the export, in parts that fit into memory. No transaction stays open while somebody downloads slowly. */
async function* positionsOf(database: Database, viewer: Viewer, filter: AuditLogFilter): AsyncGenerator<Position[]> {
  // An admin's rows are one range, as good in small parts as in large. A pastor's are looked for by booking, so each part
  // is a month: it asks each booking once, in the partition of that month alone.
  const [spans, limit] =
    viewer.role === 'admin' ? [[filter], rowsAtOnce] : [await monthsOf(database, filter), positionsAtOnce]
  for (const span of spans) {
    let after: Position | null = null
    for (;;) {
      const page: Position[] = await listAuditPositions(database, viewer, span, { after, limit })
      if (page.length > 0) yield page
      if (page.length < limit) break
      after = page.at(-1) ?? null
    }
  }
}

/** The filter cut into months (UTC), newest first, as far as the log goes. */
async function monthsOf(database: Database, filter: AuditLogFilter): Promise<AuditLogFilter[]> {
  const { from, to } = filter.createdAt ?? {}
  const [log] = await database.$queryRaw<{ oldest: Date | null }[]>`
    SELECT "createdAt" AS oldest FROM audit_logs ORDER BY "createdAt", id LIMIT 1`
  if (!log?.oldest || !to) return []
  const oldest = from && from > log.oldest ? from : log.oldest
  const months: AuditLogFilter[] = []
  for (let end = to; end > oldest; ) {
    const last = new Date(end.getTime() - 1)
    const start = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth()))
    months.push({ ...filter, createdAt: { from: start > oldest ? start : oldest, to: end } })
    end = start
  }
  return months
}
