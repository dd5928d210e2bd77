import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ConflictError, NotFoundError } from '../../../platform/errors.ts'
import { lockAccount } from '../lock-account.ts'
import { lockAdmins } from './lock-admins.ts'

/**
 * Reactivates a user, who can sign in with their previous password. Idempotent.
 *
 * @throws NotFoundError; ConflictError if the user never accepted an invitation; ForbiddenError
 */
export async function reactivateUser(
  { database, identities }: Readonly<{ database: Database; identities: Identities }>,
  viewer: Viewer,
  origin: Origin,
  userId: string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    await lockAdmins(tx, viewer)
    await lockAccount(tx, userId)
    const user = await tx.user.findUnique({ where: { id: userId }, include: { credential: true } })
    if (user === null) throw new NotFoundError()
    if (user.credential === null) throw new ConflictError('This user has no password yet. Send the invitation again.')
    if (user.isActive) return
    await tx.user.update({ where: { id: userId }, data: { isActive: true } })
    await recordAudit(tx, [
      {
        action: 'user.reactivated',
        resource: 'user',
        resourceId: userId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
    await identities.record(tx, userId)
  })
}
