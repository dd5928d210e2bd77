import { Prisma, type Transaction } from '../../platform/database/client.ts'
import { type AuditRow, digestOfAuditRow } from './canonical.ts'

/** Reads through a transaction, or outside of any. */
export type Reader = Pick<Transaction, '$queryRaw'>

/** A place in the order of the log: by time, and by id where times are equal. */
export type Position = Readonly<{ createdAt: Date; id: string }>

/** A stretch of time: `from <= createdAt < until`. */
export type Span = Readonly<{ from: Date; until: Date }>

type StoredRow = Omit<AuditRow, 'metadata'> & Readonly<{ metadata: string | null }>

const pageRows = 2_000

/** Every row of a span in the order of the log, page by page, so that any number of rows takes the memory of one page. */
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

/** The rows, wherever they stand in time, that carry one of these ids. */
export async function findAuditRows(reader: Reader, ids: readonly string[]): Promise<AuditRow[]> {
  const rows = await reader.$queryRaw<StoredRow[]>`
    SELECT ${columns} FROM audit_logs
    WHERE id = ANY(${ids}::uuid[]) AND "createdAt" >= ${new Date(0)}::timestamptz AND "createdAt" < ${endOfTime}::timestamptz
    ORDER BY "createdAt", id`
  return rows.map(auditRow)
}

/** Negative, zero or positive, as one id comes before, at or after comes before, at or after `right` in the log. */
function compareIds(left: string, right: string): number {
  if (left === right) return 0
  // PostgreSQL orders uuids by their bytes, and so do lower-case hex digits with dashes in the same places.
  return left < right ? -1 : 1
}

export function comparePositions(left: Position, right: Position): number {
  return left.createdAt.getTime() - right.createdAt.getTime() || compareIds(left.id, right.id)
}

/** SHA-256 (hex) of a row as it would be at another place. */
export function digestAt(row: AuditRow, { createdAt, id }: Position): string {
  return digestOfAuditRow({ ...row, createdAt, id })
}

/** A JavaScript date reaches further than that; whatever is later was set by hand. */
const endOfTime = new Date('9999-12-31T00:00:00Z')

// abbrev() writes an address as PostgreSQL shows it, whatever driver is between. The text of metadata, not the driver's
// reading of it: see metadataOf.
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
 * The metadata as JSON. Where JavaScript can't hold it exactly (a number beyond its precision, a JSON null where there is
 * otherwise none) its text stands for it, so that no two values that differ in the database share a digest.
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
