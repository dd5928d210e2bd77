import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { requireFreshSession } from '../../../core/sessions/require-fresh-session.ts'
import type { Sessions } from '../../../core/sessions/sessions.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database, Prisma, Transaction } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import { AddressInUseError, CalNameInUseError, OwnAccessError, UserTakenError } from '../errors.ts'
import { revokeMailLinks } from '../links/revoke-mail-links.ts'
import { lockAccount } from '../lock-account.ts'
import {
  calIdentityFields,
  changedFields,
  type ProfileChanges,
  privilegedFields,
  profileChangesFormat,
  releasedCalIdentity,
} from '../model.ts'
import { conflictingField, hasBookings } from '../reads.ts'
import { endSessionsOf } from '../sessions/end-sessions-of.ts'
import { lockAdmins } from './lock-admins.ts'
import { revokeTokensOf } from './revoke-tokens-of.ts'

type ChangeUserDeps = Readonly<{
  database: Database
  sessions: Sessions
  clock: Clock
  identities: Identities
  queue: Pick<Queue, 'enqueue'>
}>

/**
 * Updates a user. A new role ends their sessions and API tokens, so that nothing continues with the old one. The email
 * address can only be changed until the user has a password or bookings: whoever sets it could receive a password link there
 * and read what only the owner may. For the same reason, a Cal.com identity can't be changed once the user has bookings: the
 * next event of those bookings would hand them over to the identity's new user.
 *
 * Changing the role, email address or Cal.com identity requires a recently confirmed password.
 *
 * @throws BadUserInputError, NotFoundError, ForbiddenError, PasswordRequiredError, UserTakenError, AddressInUseError,
 * CalNameInUseError
 * @throws OwnAccessError for a change of one's own role
 */
export async function changeUser(
  deps: ChangeUserDeps,
  viewer: Viewer,
  origin: Origin,
  userId: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const changes = checkInput(profileChangesFormat, input)
  await deps.database.$transaction(async (tx) => {
    await lockAdmins(tx, viewer)
    await lockAccount(tx, userId)
    const user = await tx.user.findUnique({ where: { id: userId }, include: { credential: true } })
    if (user === null) throw new NotFoundError()
    const changed = changedFields(user, changes)
    if (changed.length === 0) return
    if (changed.some((field) => privilegedFields.includes(field))) await requireFreshSession(tx, deps, viewer)
    if (changed.includes('role') && userId === viewer.userId) throw new OwnAccessError()
    const isBooked = await hasBookings(tx, userId)
    if (changed.includes('email') && (user.credential !== null || isBooked)) throw new AddressInUseError()
    const released = releasedCalIdentity(user, changed)
    if (released !== null && isBooked) throw new CalNameInUseError(released)
    await rejectDuplicates(tx, userId, changes)
    const data: Prisma.UserUpdateInput = Object.fromEntries(changed.map((field) => [field, changes[field]]))
    await tx.user.update({ where: { id: userId }, data })
    if (changed.includes('email')) await revokeMailLinks(tx, deps, userId)
    const actor = { userId: viewer.userId, origin }
    if (changed.includes('role')) {
      await endSessionsOf(tx, deps, { userId, reason: 'role_changed', actor })
      await revokeTokensOf(tx, deps, { userId, reason: 'role_changed', actor })
    }
    if (changed.some((field) => calIdentityFields.includes(field))) {
      await deps.queue.enqueue(tx, 'apply-waiting-deliveries', {})
    }
    await recordAudit(tx, [
      {
        action: 'user.changed',
        resource: 'user',
        resourceId: userId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { changed },
      },
    ])
    await deps.identities.record(tx, userId)
  })
}

async function rejectDuplicates(tx: Transaction, userId: string, changes: ProfileChanges): Promise<void> {
  const field = await conflictingField(tx, changes, userId)
  if (field !== null) throw new UserTakenError(field)
}
