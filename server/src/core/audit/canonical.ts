import { createHash } from 'node:crypto'

/** A row of `audit_logs`, as read back. */
export type AuditRow = Readonly<{
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

/**
 * The canonical text of an audit row in every version of ChurchHub: a JSON array of its fields in a fixed order, times
 * in UTC to the millisecond, object keys sorted as in RFC 8785 (UTF-16 code units), no spaces. Seals are computed over
 * it, so a change would invalidate all existing seals: add a `v2` instead.
 */
export function canonicalAuditRow(row: AuditRow): string {
  return canonicalJson([
    'v1',
    row.id,
    row.createdAt.toISOString(),
    row.userId,
    row.bookingId,
    row.action,
    row.resource,
    row.resourceId,
    row.ipAddress,
    row.userAgent,
    row.metadata,
  ])
}

/** SHA-256 (hex) of a row's canonical form. */
export function digestOfAuditRow(row: AuditRow): string {
  return createHash('sha256').update(canonicalAuditRow(row), 'utf8').digest('hex')
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
    return `{${members.join(',')}}`
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  // Other types have no JSON form; omitting them silently would let different rows share a digest.
  throw new TypeError(`An audit row can't contain a ${typeof value}.`)
}
