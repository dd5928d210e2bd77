import type { Origin, Viewer } from '../../../core/access/viewer.ts'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { ConflictError, NotFoundError } from '../../../platform/errors.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { MailOffError } from '../errors.ts'
import { createMailLink } from '../links/create-mail-link.ts'
import { revokeMailLinks } from '../links/revoke-mail-links.ts'
import { lockAccount } from '../lock-account.ts'

type ResendDeps = Readonly<{
  database: Database
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  mailer: Mailer | null
}>

/**
 * Emails a new invitation to a user who hasn't accepted theirs. Revokes the previous link.
 *
 * @throws MailOffError, NotFoundError; ConflictError if the user has already accepted
 */
export async function resendInvitation(
  deps: ResendDeps,
  viewer: Viewer,
  origin: Origin,
  userId: string,
): Promise<void> {
  if (deps.mailer === null) throw new MailOffError()
  await deps.database.$transaction(async (tx) => {
    await lockAccount(tx, userId)
    const user = await tx.user.findUnique({ where: { id: userId }, include: { credential: true } })
    if (user === null) throw new NotFoundError()
    if (user.credential !== null) throw new ConflictError('This user already has a password. No invitation is needed.')
    await revokeMailLinks(tx, deps, userId)
    await createMailLink(tx, deps, { userId, purpose: 'invitation' })
    await recordAudit(tx, [
      {
        action: 'user.invited',
        resource: 'user',
        resourceId: userId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { role: user.role },
      },
    ])
  })
}
