import { Pool } from 'pg'
import type { Vault } from '../src/core/vault/vault.ts'
import { newId } from '../src/platform/ids.ts'
import { poolSize, type Read } from './audited-reads.ts'

/**
 * The baseline of audited reads: bare `pg` with prepared statements. Each read selects its row, commits its audit row,
 * and then decrypts the text.
 */
export function openBareReads(url: string, vault: Vault): AsyncDisposable & Readonly<{ read: Read }> {
  const pool = new Pool({ connectionString: url, max: poolSize, options: '-c TimeZone=UTC' })
  // The pool doesn't wait for its connections to close; stopping PostgreSQL terminates the remaining ones.
  pool.on('error', () => undefined)
  const read: Read = async ({ id, ownerId }) => {
    const { rows } = await pool.query<{ bookingId: string; sealed: string }>({
      name: 'select',
      text: `
        SELECT t."bookingId", t."encryptedSummary" AS sealed
        FROM context_summaries t
        JOIN booking_keys k ON k.id = t."bookingId"
        JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
        WHERE t.id = $1 AND b."userId" = $2`,
      values: [id, ownerId],
    })
    const [row] = rows
    if (row === undefined) throw new Error('there is no such summary')
    const metadata = { sealedDigest: vault.digestOf(row.sealed) }
    await pool.query({
      name: 'insert',
      text: `
        INSERT INTO audit_logs
          (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)
        VALUES ($1, $2, $3, 'summary.read', 'context_summary', $4, '203.0.113.7', 'bench', $5)`,
      values: [newId(), ownerId, row.bookingId, id, metadata],
    })
    const aadContext = { column: 'context_summaries.encryptedSummary', rowId: id, ownerId } as const
    const content: unknown = JSON.parse(await vault.decrypt(row.sealed, aadContext))
    if (typeof content !== 'object' || content === null || !('text' in content))
      throw new Error('this is not a summary')
    return String(content.text)
  }
  return { read, [Symbol.asyncDispose]: () => pool.end() }
}
