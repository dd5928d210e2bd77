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

/** A recorded export. `chunks` produces its text lazily. */
export type AuditExport = Readonly<{ rows: number; chunks: AsyncGenerator<string> }>

const rowsAtOnce = 1_000
// Far more entries than one pastor has in a month.
const positionsAtOnce = 100_000
const maxWaitMs = 2_000

/**
 * Exports the entries that a viewer may see and that match a filter, newest first. The export and its row count are
 * committed to the audit log before the first byte is available. Entries written later, including its own, are not part of
 * it.
 *
 * @throws AuditUnavailableError if the export can't be recorded; nothing is exported then
 */
export async function exportAuditLog(
  { database }: Readonly<{ database: Database }>,
  reader: Readonly<{ viewer: Viewer; origin: Origin }>,
  format: ExportFormat,
  filter: AuditLogFilter,
): Promise<AuditExport> {
  const { viewer, origin } = reader
  const end = await endOfLog(database)
  const { from, to } = filter.createdAt ?? {}
  const boundedFilter = { ...filter, createdAt: { from, to: to && to < end ? to : end } }
  const rows = await countAuditLogs(database, viewer, boundedFilter)
  const auditFields = {
    resource: 'audit_log',
    resourceId: null,
    userId: viewer.userId,
    bookingId: null,
    origin,
  } as const
  await database.$transaction((tx) =>
    recordAudit(tx, [{ action: 'audit.exported', ...auditFields, metadata: { format: format.name, rows } }]),
  )
  return { rows, chunks: chunksOf(database, viewer, format, boundedFilter) }
}

/**
 * A time just after now below which no entry is written anymore, so that the counted rows are the exported rows. Waits for
 * open transactions, but at most `maxWaitMs`: a transaction that stays open longer may still add an entry below it.
 */
async function endOfLog(database: Database): Promise<Date> {
  const [clock] = await database.$queryRaw<{ now: Date }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' AS now`
  const end = clock?.now ?? new Date()
  const deadline = Date.now() + maxWaitMs
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

/** All positions of the export, in batches that fit into memory. No transaction stays open during a slow download. */
async function* positionsOf(database: Database, viewer: Viewer, filter: AuditLogFilter): AsyncGenerator<Position[]> {
  // An admin's rows are one index range, so small batches are as good as large ones. A pastor's rows are looked up by
  // booking, so each batch is a month: it queries each booking once, in a single partition.
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

/** Splits the filter into months (UTC), newest first, back to the oldest entry. */
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
