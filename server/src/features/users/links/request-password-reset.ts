import type { LoginThrottle } from '../../../core/access/login-throttle.ts'
import type { Origin } from '../../../core/access/viewer.ts'
import type { Bursts } from '../../../core/audit/bursts.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { MailOffError } from '../errors.ts'
import { countedEmail, emailFormat } from '../model.ts'
import { linkTtlSeconds } from './link.model.ts'

type RequestResetDeps = Readonly<{
  database: Database
  attempts: LoginThrottle
  bursts: Pick<Bursts, 'addIn'>
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  mailer: Mailer | null
}>

/**
 * Mails a link to set a new password to whoever has an account with this address and can use it. Does the same work and says
 * the same where nobody has. Throws RateLimitedError; MailOffError, whoever is asked for.
 */
export async function requestPasswordReset(
  { database, attempts, bursts, clock, newId, queue, mailer }: RequestResetDeps,
  origin: Origin,
  { email }: Readonly<{ email: string }>,
): Promise<void> {
  if (mailer === null) throw new MailOffError()
  const { ipAddress, device } = origin
  const attempt = { kind: 'mail', email: countedEmail(email), ipAddress, device } as const
  await attempts.run(attempt, () => mailLink(database, { clock, newId, queue, bursts }, origin, email))
}

type MailDeps = Pick<RequestResetDeps, 'clock' | 'newId' | 'queue' | 'bursts'>

async function mailLink(
  database: Database,
  { clock, newId, queue, bursts }: MailDeps,
  origin: Origin,
  email: string,
): Promise<void> {
  // Nobody's address is empty: what can't be an address takes the same way as one that nobody has.
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
    // Also without an account: the job finds no link by this id and mails nothing. The time taken must not tell.
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
