import type { Client } from 'pg'
import type { AuditEntry } from '../../src/core/audit/record.ts'
import { recordAudit } from '../../src/core/audit/record.ts'
import type { Finding } from '../../src/core/audit/verify/findings.ts'
import { type Tally, verifyLog } from '../../src/core/audit/verify/verify-log.ts'
import type { Vault } from '../../src/core/vault/vault.ts'
import type { Database } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { asSuperuser } from './database.ts'

/** An entry whose content doesn't matter. */
export function auditEntry(overrides: Partial<Pick<AuditEntry, 'userId' | 'bookingId'>> = {}): AuditEntry {
  return {
    action: 'job.retried',
    resource: 'worker_job',
    resourceId: newId(),
    userId: null,
    bookingId: null,
    origin: { ipAddress: '203.0.113.7', userAgent: 'Agent/1.0 (ünïcode)' },
    metadata: { jobType: 'send-reminder' },
    ...overrides,
  }
}

/** Records entries as the server does: now, in one transaction. */
export async function record(database: Database, count: number): Promise<void> {
  await database.$transaction((tx) =>
    recordAudit(
      tx,
      Array.from({ length: count }, () => auditEntry()),
    ),
  )
}

/** Inserts past entries, one per second from `from` on. Returns their IDs in log order. */
export async function recordPast(database: Database, from: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId())
  await database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "resourceId", "ipAddress", metadata, "createdAt")
    SELECT id, 'job.retried', 'worker_job', n::text, '203.0.113.7', '{"jobType": "send-reminder"}',
      ${new Date(from)}::timestamptz + (n - 1) * interval '1 second'
    FROM UNNEST(${ids}::uuid[]) WITH ORDINALITY AS entry (id, n)`
  return ids
}

/** Runs SQL as the machine's owner, with triggers disabled. */
export async function tamper(url: string, ...statements: readonly (readonly [sql: string, ...values: unknown[]])[]) {
  await asSuperuser(async (client: Client) => {
    await client.query('ALTER TABLE audit_logs DISABLE TRIGGER USER')
    for (const [sql, ...values] of statements) {
      const { rowCount } = await client.query(sql, values)
      if (rowCount === 0) throw new Error(`Nothing was tampered with by ${sql}`)
    }
    await client.query('ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_insert_only')
  }, url)
}

/** All findings and counts of a verification. */
export async function findingsOf(database: Database, vault: Vault): Promise<{ findings: Finding[]; tally: Tally }> {
  const tally = { seals: 0, rows: 0, droppedRows: 0 }
  const findings = await Array.fromAsync(verifyLog({ database, vault }, tally))
  return { findings, tally }
}
