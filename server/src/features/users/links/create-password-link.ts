import { randomBytes } from 'node:crypto'
import { recordAudit } from '../../../core/audit/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { NotFoundError } from '../../../platform/errors.ts'
import type { NewId } from '../../../platform/ids.ts'
import { emailFormat } from '../model.ts'
import { hashOfLinkToken, LINK_TOKEN_BYTES, type LinkPurpose, linkTtlSeconds, linkUrlOf } from './link.model.ts'

type CreatePasswordLinkDeps = Readonly<{ database: Database; clock: Clock; newId: NewId }>

export type PasswordLink = Readonly<{ url: string; expiresAt: Date }>

/**
 * Creates a link to set a password, for the server's command line. Without a mail server, it is the only way to regain
 * access. For a user without a password it accepts their invitation. Recorded in the audit log.
 *
 * @throws NotFoundError if no active or invited user has this email address
 */
export async function createPasswordLink(
  { database, clock, newId }: CreatePasswordLinkDeps,
  { email, publicUrl }: Readonly<{ email: string; publicUrl: string }>,
): Promise<PasswordLink> {
  const address = emailFormat.safeParse(email)
  const user = address.success
    ? await database.user.findUnique({ where: { email: address.data }, include: { credential: true } })
    : null
  const purpose: LinkPurpose = user?.credential ? 'password_reset' : 'invitation'
  if (user === null || (purpose === 'password_reset' && !user.isActive)) {
    throw new NotFoundError('No active user has this email address.')
  }
  const token = randomBytes(LINK_TOKEN_BYTES).toString('base64url')
  const createdAt = clock.now()
  const expiresAt = new Date(createdAt.getTime() + linkTtlSeconds[purpose] * 1_000)
  const { id: userId } = user
  await database.$transaction(async (tx) => {
    await tx.mailLink.create({
      data: { id: newId(), userId, purpose, tokenHash: hashOfLinkToken(token), expiresAt, createdAt },
    })
    const auditFields = { resource: 'user', resourceId: userId, userId: null, bookingId: null, origin: null } as const
    await recordAudit(tx, [{ action: 'password.link_created', ...auditFields, metadata: { by: 'command' } }])
  })
  return { url: linkUrlOf(publicUrl, { purpose, token }), expiresAt }
}
