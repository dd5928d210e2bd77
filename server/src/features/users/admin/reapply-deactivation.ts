import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import { endTokens } from '../../../core/tokens/end-tokens.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { revokeMailLinks } from '../links/revoke-mail-links.ts'
import { lockAccount } from '../lock-account.ts'

type ReapplyDeps = Readonly<{ sessions: Sessions; identities: Identities; clock: Clock }>

/** After a restore, deactivates a user again whom the restored database still has as active. */
export async function reapplyDeactivation(tx: Transaction, deps: ReapplyDeps, userId: string): Promise<boolean> {
  await lockAccount(tx, userId)
  const { count } = await tx.user.updateMany({ where: { id: userId, isActive: true }, data: { isActive: false } })
  if (count === 0) return false
  await revokeMailLinks(tx, deps, userId)
  await deps.sessions.endAllOf(tx, userId)
  await endTokens(tx, { userId }, deps.clock.now())
  const auditFields = { resource: 'user', resourceId: userId, userId: null, bookingId: null, origin: null } as const
  await recordAudit(tx, [{ action: 'user.deactivated', ...auditFields, metadata: {} }])
  await deps.identities.record(tx, userId)
  return true
}
