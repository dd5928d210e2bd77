import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Withdrawals } from '../../../core/restore/withdrawals.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import { OwnAccessError } from '../errors.ts'
import { revokeMailLinks } from '../links/revoke-mail-links.ts'
import { lockAccount } from '../lock-account.ts'
import { endSessionsOf } from '../sessions/end-sessions-of.ts'
import { lockAdmins } from './lock-admins.ts'
import { revokeTokensOf } from './revoke-tokens-of.ts'

type DeactivateDeps = Readonly<{
  database: Database
  sessions: Sessions
  clock: Clock
  identities: Identities
  withdrawals: Withdrawals
}>

/**
 * Revokes a user's access immediately on every node: sign-in, sessions, API tokens and email links, including a pending
 * invitation. Their data is kept. Idempotent.
 *
 * @throws OwnAccessError, so that at least one admin always remains; NotFoundError; ForbiddenError
 */
export async function deactivateUser(
  deps: DeactivateDeps,
  viewer: Viewer,
  origin: Origin,
  userId: string,
): Promise<void> {
  if (userId === viewer.userId) throw new OwnAccessError()
  await deps.database.$transaction(async (tx) => {
    await lockAdmins(tx, viewer)
    if (!(await lockAccount(tx, userId))) throw new NotFoundError()
    const { count } = await tx.user.updateMany({ where: { id: userId, isActive: true }, data: { isActive: false } })
    await revokeMailLinks(tx, deps, userId)
    const actor = { userId: viewer.userId, origin }
    await endSessionsOf(tx, deps, { userId, reason: 'deactivated', actor })
    await revokeTokensOf(tx, deps, { userId, reason: 'deactivated', actor })
    if (count === 0) return
    await deps.withdrawals.record(tx, { kind: 'user_deactivated', userId })
    await recordAudit(tx, [
      {
        action: 'user.deactivated',
        resource: 'user',
        resourceId: userId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
    await deps.identities.record(tx, userId)
  })
}
