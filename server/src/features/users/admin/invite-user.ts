import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import type { Identities } from '../../../core/audit/identity.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import { requireFreshSession } from '../../../core/sessions/require-fresh-session.ts'
import { checkInput } from '../../../platform/check-input.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { MailOffError } from '../errors.ts'
import { createMailLink } from '../links/create-mail-link.ts'
import { type InvitedUser, invitedProfile, userProfileFormat } from '../model.ts'
import { insertUser } from './insert-user.ts'

type InviteUserDeps = Readonly<{
  database: Database
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  mailer: Mailer | null
  identities: Identities
}>

/**
 * Creates a user who can't sign in yet and emails them a link to choose a password. Requires a recently confirmed password:
 * the new user gets the bookings of their Cal.com identity, or an admin's rights.
 *
 * @throws ForbiddenError for an API token, PasswordRequiredError, MailOffError, BadUserInputError, UserTakenError
 */
export async function inviteUser(
  deps: InviteUserDeps,
  viewer: Viewer,
  origin: Origin,
  input: InvitedUser,
): Promise<{ userId: string }> {
  if (deps.mailer === null) throw new MailOffError()
  // The columns must be unique. No Cal.com user has a new UUID as its ID, so the placeholder matches no booking.
  const profile = checkInput(userProfileFormat, invitedProfile(input, `none:${deps.newId()}`))
  return deps.database.$transaction(async (tx) => {
    await requireFreshSession(tx, deps, viewer)
    const creator = { by: 'admin', userId: viewer.userId, origin } as const
    const userId = await insertUser(tx, deps, creator, { ...profile, isActive: false })
    await createMailLink(tx, deps, { userId, purpose: 'invitation' })
    await recordAudit(tx, [
      {
        action: 'user.invited',
        resource: 'user',
        resourceId: userId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { role: profile.role },
      },
    ])
    await deps.identities.record(tx, userId)
    return { userId }
  })
}
