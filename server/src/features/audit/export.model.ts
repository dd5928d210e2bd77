import { z } from 'zod'
import type { AuditLogFilter } from './filter.model.ts'

/** An entry as an export has it. */
export type ExportedEntry = Readonly<{
  id: string
  createdAt: Date
  userId: string | null
  bookingId: string | null
  action: string
  resource: string
  resourceId: string | null
  ipAddress: string | null
  userAgent: string | null
  metadata: unknown
}>

/** A form that an export can have: its type, what stands before the first entry, and one entry as a line. */
export type ExportFormat = Readonly<{
  name: 'csv' | 'jsonl'
  contentType: string
  header: string
  line(entry: ExportedEntry): string
}>

const columns = [
  'id',
  'createdAt',
  'userId',
  'bookingId',
  'action',
  'resource',
  'resourceId',
  'ipAddress',
  'userAgent',
  'metadata',
] as const satisfies (keyof ExportedEntry)[]

// A program that opens the file takes what begins so for a formula, and whoever sends a request chooses its user agent
// (OWASP, CSV Injection). The last four are the full-width forms, which some programs take for the same.
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** CSV as RFC 4180 has it: CRLF, UTF-8, a header. Metadata is JSON. */
export const csv: ExportFormat = {
  name: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  header: csvLine(columns),
  line: (entry) => csvLine(columns.map((column) => textOf(entry[column]))),
}

/** JSON Lines: one object a line, LF, UTF-8. */
export const jsonl: ExportFormat = {
  name: 'jsonl',
  contentType: 'application/jsonl; charset=utf-8',
  header: '',
  line: (entry) => `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, entry[column]])))}\n`,
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(text: string): string {
  const harmless = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const uuid = z.guid()

/** An id as it is, or as the API gives it: base64 of `Type:id`. */
const idOf = (type: 'User' | 'Booking') =>
  z
    .string()
    .transform((text) => {
      const [, own] = new RegExp(`^${type}:(.+)$`).exec(Buffer.from(text, 'base64').toString('utf8')) ?? []
      return own ?? text
    })
    .pipe(uuid)

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const queryFormat = z
  .strictObject({
    action: z.array(z.string().max(100)).max(100).optional(),
    userId: idOf('User').optional(),
    bookingId: idOf('Booking').optional(),
    from: time.optional(),
    to: time.optional(),
  })
  .transform(({ from, to, ...filter }): AuditLogFilter => ({ ...filter, createdAt: { from, to } }))

/**
 * The filter that a query string asks for: `action` (may come several times), `userId`, `bookingId`, `from`, `to`. Returns
 * the name of the parameter that can't be used instead; one that there isn't is no filter that was forgotten.
 */
export function parseExportQuery(query: URLSearchParams): { filter: AuditLogFilter } | { field: string } {
  const given: Record<string, string | string[]> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    given[name] = name === 'action' || values.length > 1 ? values : (values[0] ?? '')
  }
  const parsed = queryFormat.safeParse(given)
  if (parsed.success) return { filter: parsed.data }
  const [issue] = parsed.error.issues
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path[0]
  return { field: String(field ?? 'query') }
}
