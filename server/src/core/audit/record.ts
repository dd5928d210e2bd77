import { isLockedOut } from '../../platform/database/failure.ts'
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

/** One entry for the log: who (null: the system, or nobody signed in) did what, to what, from where. */
export type AuditEntry = {
  [A in AuditAction]: Readonly<{
    action: A
    resource: AuditResource
    resourceId: string | null
    userId: string | null
    bookingId: string | null
    origin: Origin | null
    /** Whose session, token or endpoint it is: they see the entry, whoever acted. */
    subjectUserId?: string
    metadata: AuditMetadata<A>
  }>
}[AuditAction]

/**
 * Writes the entries in one statement, inside the transaction of what they record: both commit, or neither does. While
 * somebody holds a lock on the log, it waits two seconds for it (the function `record_audit` in the database says so), and
 * not at all where others of this process have just waited in vain.
 * Throws AuditUnavailableError on any failure. Callers must let it end the transaction; whoever catches it and goes on
 * breaks the promise that nothing is opened unrecorded.
 */
export async function recordAudit(tx: SqlTransaction, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  try {
    if (isLogSaidToBeLocked()) await tx.$executeRaw`LOCK TABLE audit_logs IN ROW EXCLUSIVE MODE NOWAIT`
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
    if (isLockedOut(error)) lockedAt = performance.now()
    throw new AuditUnavailableError({ cause: error })
  }
}

/** The token is taken from the origin, so that no verb can forget that it was a token's deed. */
function metadataOf({ action, metadata, origin, userId, subjectUserId }: AuditEntry): object {
  const tokenId = origin?.tokenId
  const own = auditActions[action].parse(metadata)
  return {
    ...own,
    ...(tokenId !== undefined && byToken.parse({ tokenId })),
    ...(subjectUserId !== undefined && subjectUserId !== userId && ofAnother.parse({ subjectUserId })),
  }
}

/** When this process last found the log locked for longer than it waits; null since it has written to it again. */
let lockedAt: number | null = null

const forgottenAfterMs = 5_000

/** Everybody who waits holds a connection: waiting for the same lock together they would have all of the pool's. */
function isLogSaidToBeLocked(): boolean {
  return lockedAt !== null && performance.now() - lockedAt < forgottenAfterMs
}
