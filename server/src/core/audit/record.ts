import { isLockTimeout } from '../../platform/database/failure.ts'
import type { SqlTransaction } from '../../platform/database/run-pipelined.ts'
import { newId } from '../../platform/ids.ts'
import type { Origin } from '../access/viewer.ts'
import {
  type AuditAction,
  type AuditMetadata,
  type AuditResource,
  auditActions,
  byToken,
  ofAnother,
} from './actions.ts'
import { AuditUnavailableError } from './errors.ts'

/** An audit entry: who (null: the system, or nobody signed in) did what, to what, from where. */
export type AuditEntry = {
  [A in AuditAction]: Readonly<{
    action: A
    resource: AuditResource
    resourceId: string | null
    userId: string | null
    bookingId: string | null
    origin: Origin | null
    /** The owner of the session, token or endpoint: they see the entry, whoever acted. */
    subjectUserId?: string
    metadata: AuditMetadata<A>
  }>
}[AuditAction]

/**
 * Writes the entries in one statement, inside the transaction of what they record, so both commit or neither does. If
 * the log is locked, it waits up to two seconds (see `record_audit` in the database), and not at all if another caller
 * in this process has just waited in vain. Throws AuditUnavailableError on any failure. Let it roll back the
 * transaction: catching it would break the guarantee that nothing is decrypted unrecorded.
 */
export async function recordAudit(tx: SqlTransaction, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  try {
    if (isLogKnownLocked()) await tx.$executeRaw`LOCK TABLE audit_logs IN ROW EXCLUSIVE MODE NOWAIT`
    const metadata = entries.map((entry) => JSON.stringify(metadataOf(entry)))
    await tx.$executeRaw`
      SELECT record_audit(
        ${entries.map(() => newId())}::uuid[],
        ${entries.map((entry) => entry.userId)}::uuid[],
        ${entries.map((entry) => entry.bookingId)}::uuid[],
        ${entries.map((entry) => entry.action)}::text[],
        ${entries.map((entry) => entry.resource)}::text[],
        ${entries.map((entry) => entry.resourceId)}::text[],
        ${entries.map((entry) => entry.origin?.ipAddress ?? null)}::text[],
        ${entries.map((entry) => entry.origin?.userAgent ?? null)}::text[],
        ${metadata}::text[]
      )::text`
    lockedAt = null
  } catch (error) {
    if (isLockTimeout(error)) lockedAt = performance.now()
    throw new AuditUnavailableError({ cause: error })
  }
}

/** The token comes from the origin, so no caller can forget to record it. */
function metadataOf({ action, metadata, origin, userId, subjectUserId }: AuditEntry): object {
  const tokenId = origin?.tokenId
  const own = auditActions[action].parse(metadata)
  return {
    ...own,
    ...(tokenId !== undefined && byToken.parse({ tokenId })),
    ...(subjectUserId !== undefined && subjectUserId !== userId && ofAnother.parse({ subjectUserId })),
  }
}

/** When this process last timed out on the log's lock; null once a write has succeeded. */
let lockedAt: number | null = null

const lockMemoryMs = 5_000

/** Every waiting caller holds a connection: waiting together they would use up the pool. */
function isLogKnownLocked(): boolean {
  return lockedAt !== null && performance.now() - lockedAt < lockMemoryMs
}
