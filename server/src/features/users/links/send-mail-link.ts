import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../platform/clock.ts'
import type { Env } from '../../../platform/config/env.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Mailer } from '../../../platform/mail/mailer.ts'
import { MailOffError } from '../errors.ts'
import { hashOfLinkToken, LINK_TOKEN_BYTES, type LinkPurpose, linkMailOf } from './link.model.ts'

export type SendMailLinkDeps = Readonly<{
  database: Database
  clock: Clock
  mailer: Mailer | null
  env: Pick<Env, 'publicUrl'>
}>

type Addressed = Readonly<{ purpose: LinkPurpose; expiresAt: Date; email: string }>

/**
 * Emails an unused link with a token that is generated here and stored only as a hash. Sending it again replaces the token,
 * so the earlier email's link stops working. Returns false if there is nothing to send. Throws MailError, MailOffError.
 */
export async function sendMailLink(
  { database, clock, mailer, env }: SendMailLinkDeps,
  linkId: string,
): Promise<boolean> {
  if (mailer === null) throw new MailOffError()
  const token = randomBytes(LINK_TOKEN_BYTES).toString('base64url')
  const [link] = await database.$queryRaw<Addressed[]>`
    UPDATE mail_links AS link
    SET "tokenHash" = ${hashOfLinkToken(token)}
    FROM users AS account
    WHERE link.id = ${linkId}::uuid AND account.id = link."userId"
      AND link."usedAt" IS NULL AND link."expiresAt" > ${clock.now()}::timestamptz
    RETURNING link.purpose, link."expiresAt", account.email`
  if (link === undefined) return false
  const { email, purpose, expiresAt } = link
  await mailer.send({ to: email, ...linkMailOf(env.publicUrl, { purpose, token, expiresAt }) })
  return true
}
