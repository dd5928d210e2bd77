import { Prisma, type Transaction } from '../../platform/database/client.ts'
import { type AuditRow, digestOfAuditRow } from './canonical.ts'

/** Reads inside or outside a transaction. */
export type Reader = Pick<Transaction, '$queryRaw'>

/** A position in the order of the log: by time, then by ID. */
export type Position = Readonly<{ createdAt: Date; id: string }>

/** A time range: `from <= createdAt < until`. */
export type Span = Readonly<{ from: Date; until: Date }>

type StoredRow = Omit<AuditRow, 'metadata'> & Readonly<{ metadata: string | null }>

const pageRows = 2_000

/** Every row of a span in log order, page by page, so memory is bounded by one page. */
export async function* readAuditRows(reader: Reader, span: Span): AsyncGenerator<AuditRow[]> {
  let after: Position | null = null
  for (;;) {
    const page: AuditRow[] = await readPage(reader, span, after)
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (page.length < pageRows || last === undefined) return
    after = last
  }
}

/** The rows with these IDs, whatever their time. */
export async function findAuditRows(reader: Reader, ids: readonly string[]): Promise<AuditRow[]> {
  const rows = await reader.$queryRaw<StoredRow[]>`
    SELECT ${columns} FROM audit_logs
    WHERE id = ANY(${ids}::uuid[]) AND "createdAt" >= ${new Date(0)}::timestamptz AND "createdAt" < ${endOfTime}::timestamptz
    ORDER BY "createdAt", id`
  return rows.map(auditRow)
}

/** Negative, zero or positive if `left` sorts before, with or after `right` in the log. */
function compareIds(left: string, right: string): number {
  if (left === right) return 0
  // PostgreSQL orders UUIDs by their bytes, which is the order of lower-case hex.
  return left < right ? -1 : 1
}

export function comparePositions(left: Position, right: Position): number {
  return left.createdAt.getTime() - right.createdAt.getTime() || compareIds(left.id, right.id)
}

/** SHA-256 (hex) of a row as it would be at another position. */
export function digestAt(row: AuditRow, { createdAt, id }: Position): string {
  return digestOfAuditRow({ ...row, createdAt, id })
}

/** JavaScript dates reach further; anything later was set by hand. */
const endOfTime = new Date('9999-12-31T00:00:00Z')

// abbrev() formats an address like PostgreSQL, whatever the driver. Metadata as text, not as the driver parses it: see
// metadataOf.
const columns = Prisma.sql`id, "createdAt", "userId", "bookingId", action, resource, "resourceId",
  abbrev("ipAddress") AS "ipAddress", "userAgent", metadata::text AS metadata`

async function readPage(reader: Reader, { from, until }: Span, after: Position | null): Promise<AuditRow[]> {
  const start =
    after === null
      ? Prisma.sql`"createdAt" >= ${from}::timestamptz`
      : Prisma.sql`("createdAt", id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`
  const rows = await reader.$queryRaw<StoredRow[]>`
    SELECT ${columns} FROM audit_logs
    WHERE ${start} AND "createdAt" < ${until}::timestamptz
    ORDER BY "createdAt", id
    LIMIT ${pageRows}`
  return rows.map(auditRow)
}

function auditRow(row: StoredRow): AuditRow {
  return { ...row, metadata: metadataOf(row.metadata) }
}

/**
 * The metadata as JSON. If JavaScript can't represent it exactly (a number beyond its precision, a JSON null instead of
 * SQL NULL), its text is used, so that different database values never share a digest.
 */
function metadataOf(text: string | null): unknown {
  if (text === null) return null
  let isExact = text !== 'null'
  // ES2025 passes the source text of a primitive as a third argument; the compiler's library doesn't know it yet.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) => {
    if (typeof value === 'number' && String(value) !== context?.source) isExact = false
    return value
  }
  const value: unknown = JSON.parse(text, reviver)
  return isExact ? value : text
}
