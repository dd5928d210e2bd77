import type { Origin } from '../../../core/access/viewer.ts'
import type { AuditMetadata } from '../../../core/audit/actions.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Transaction } from '../../../platform/database/client.ts'

/** `except` is the ID of a session to keep. */
export type SessionRevocation = Readonly<{
  userId: string
  exceptSessionId?: string
  reason: AuditMetadata<'session.revoked'>['reason']
  actor: Readonly<{ userId: string; origin: Origin }>
}>

/** Ends a user's sessions on every node and records each. Returns how many. */
export async function endSessionsOf(
  tx: Transaction,
  { sessions }: Readonly<{ sessions: Sessions }>,
  { userId, exceptSessionId, reason, actor }: SessionRevocation,
): Promise<number> {
  const ended = await sessions.endAllOf(tx, userId, exceptSessionId)
  await recordAudit(
    tx,
    ended.map((sessionId) => ({
      action: 'session.revoked',
      resource: 'session',
      resourceId: sessionId,
      userId: actor.userId,
      bookingId: null,
      origin: actor.origin,
      subjectUserId: userId,
      metadata: { reason },
    })),
  )
  return ended.length
}
