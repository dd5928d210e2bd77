import type { Transaction } from '../../platform/database/client.ts'
import { newId } from '../../platform/ids.ts'
import type { Origin } from '../access/viewer.ts'
import { type AuditAction, type AuditMetadata, type AuditResource, auditActions } from './actions.ts'
import { AuditUnavailableError } from './errors.ts'

/** One entry for the log: who (null: the system, or nobody signed in) did what, to what, from where. */
export type AuditEntry = {
  [A in AuditAction]: Readonly<{
    action: A
    resource: AuditResource
    resourceId: string | null
    userId: string | null
    bookingId: string | null
    origin: Origin | null
    metadata: AuditMetadata<A>
  }>
}[AuditAction]

/**
 * Writes the entries in one statement, inside the transaction of what they record: both commit, or neither does.
 * Throws AuditUnavailableError on any failure. Callers must let it end the transaction; whoever catches it and goes on
 * breaks the promise that nothing is opened unrecorded.
 */
export async function recordAudit(tx: Transaction, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  try {
    const metadata = entries.map((entry) => JSON.stringify(auditActions[entry.action].parse(entry.metadata)))
    await tx.$executeRaw`
      INSERT INTO audit_logs
        (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)
      SELECT id, "userId", "bookingId", action, resource, "resourceId", "ipAddress"::inet, "userAgent",
             NULLIF(metadata::jsonb, '{}'::jsonb)
      FROM UNNEST(
        ${entries.map(() => newId())}::uuid[],
        ${entries.map((entry) => entry.userId)}::uuid[],
        ${entries.map((entry) => entry.bookingId)}::uuid[],
        ${entries.map((entry) => entry.action)}::text[],
        ${entries.map((entry) => entry.resource)}::text[],
        ${entries.map((entry) => entry.resourceId)}::text[],
        ${entries.map((entry) => entry.origin?.ipAddress ?? null)}::text[],
        ${entries.map((entry) => entry.origin?.userAgent ?? null)}::text[],
        ${metadata}::text[]
      ) AS entry (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)`
  } catch (error) {
    throw new AuditUnavailableError({ cause: error })
  }
}
