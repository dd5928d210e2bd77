import { z } from 'zod'
import type { AuditLogFilter } from './filter.model.ts'

/** An entry in an export. */
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

/** An export format: its content type, the text before the first entry, and one entry as a line. */
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

// Prevents CSV injection (OWASP): spreadsheets run cells with these prefixes as formulas, and a client chooses its user
// agent freely. The last four are the full-width forms, which some programs treat alike.
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** CSV according to RFC 4180: CRLF, UTF-8, with a header. Metadata is JSON. */
export const csv: ExportFormat = {
  name: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  header: csvLine(columns),
  line: (entry) => csvLine(columns.map((column) => textOf(entry[column]))),
}

/** JSON Lines: one object per line, LF, UTF-8. */
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
  const escaped = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(escaped) ? `"${escaped.replaceAll('"', '""')}"` : escaped
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const uuid = z.guid()

/** Accepts a plain ID or a global ID of the API (base64 of `Type:id`). */
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
 * Parses a query string: `action` (repeatable), `userId`, `bookingId`, `from`, `to`. Returns the name of the first invalid
 * parameter instead of a filter. Unknown parameters are rejected, because ignoring a misspelled filter would export too
 * much.
 */
export function parseExportQuery(
  query: URLSearchParams,
  actions: ReadonlyMap<string, string>,
): { filter: AuditLogFilter } | { field: string } {
  const parameters: Record<string, string | string[]> = {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    parameters[name] = name === 'action' || values.length > 1 ? values : (values[0] ?? '')
  }
  const parsed = queryFormat.safeParse(parameters)
  if (parsed.success) {
    const action = parsed.data.action?.map((name) => actions.get(name))
    if (action === undefined) return { filter: parsed.data }
    return action.every((each) => each !== undefined) ? { filter: { ...parsed.data, action } } : { field: 'action' }
  }
  const [issue] = parsed.error.issues
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path[0]
  return { field: String(field ?? 'query') }
}
