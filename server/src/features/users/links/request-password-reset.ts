import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { Origin } from '../../../core/access/viewer.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { MailOffError } from '../errors.ts'
import { emailFormat, throttleKeyOfEmail } from '../model.ts'
import { linkTtlSeconds } from './link.model.ts'

type RequestResetDeps = Readonly<{
  database: Database
  loginThrottle: LoginThrottle
  bursts: Pick<Bursts, 'addIn'>
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  mailer: Mailer | null
}>

/**
 * Emails a password reset link if an active account has this address. Does the same work and gives the same response
 * otherwise. Throws RateLimitedError, and MailOffError for every address.
 */
export async function requestPasswordReset(
  { database, loginThrottle, bursts, clock, newId, queue, mailer }: RequestResetDeps,
  origin: Origin,
  { email }: Readonly<{ email: string }>,
): Promise<void> {
  if (mailer === null) throw new MailOffError()
  const { ipAddress, device } = origin
  const attempt = { kind: 'mail', email: throttleKeyOfEmail(email), ipAddress, device } as const
  await loginThrottle.run(attempt, () => mailLink(database, { clock, newId, queue, bursts }, origin, email))
}

type MailDeps = Pick<RequestResetDeps, 'clock' | 'newId' | 'queue' | 'bursts'>

async function mailLink(
  database: Database,
  { clock, newId, queue, bursts }: MailDeps,
  origin: Origin,
  email: string,
): Promise<void> {
  // No account has an empty address, so an invalid address takes the same path as an unknown one.
  const address = emailFormat.safeParse(email).data ?? ''
  const linkId = newId()
  const now = clock.now()
  const expiresAt = new Date(now.getTime() + linkTtlSeconds.password_reset * 1_000)
  await database.$transaction(async (tx) => {
    const [link] = await tx.$queryRaw<{ userId: string }[]>`
      INSERT INTO mail_links (id, "userId", purpose, "expiresAt", "createdAt")
      SELECT ${linkId}::uuid, account.id, 'password_reset', ${expiresAt}::timestamptz, ${now}::timestamptz
      FROM users AS account JOIN user_credentials AS credential ON credential."userId" = account.id
      WHERE account.email = ${address} AND account."isActive"
      RETURNING "userId"`
    // Enqueued for unknown addresses too, so that timing reveals nothing. The job finds no link and sends nothing.
    await queue.enqueue(tx, 'send-mail-link', { linkId })
    await bursts.addIn(tx, {
      action: 'password.reset_requested',
      resource: 'user',
      resourceId: link?.userId ?? null,
      userId: null,
      bookingId: null,
      origin,
      metadata: {},
    })
  })
}
