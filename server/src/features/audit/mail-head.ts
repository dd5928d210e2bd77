import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Head } from '../../core/audit/seal/heads.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Env } from '../../platform/config/env.ts'
import { dayMs } from '../../platform/durations.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'

type MailHeadDeps = Readonly<{
  clock: Clock
  env: Pick<Env, 'home' | 'auditWitness'>
  log: Pick<Log, 'error'>
  mailer: Mailer | null
}>

/** Stores when the last head was emailed, in CHURCHHUB_HOME. */
const fileName = 'audit-head-mailed'

/**
 * Emails the newest head once a day to each address in AUDIT_WITNESS. The message contains one line for `audit:verify
 * --heads` and no personal data. A failure is logged, and the next run retries.
 */
export async function mailHead({ clock, env, log, mailer }: MailHeadDeps, head: Head): Promise<void> {
  const { addresses } = env.auditWitness
  if (addresses.length === 0) return
  const path = join(env.home, fileName)
  const last = Date.parse(await readFile(path, 'utf8').catch(() => ''))
  const now = clock.now()
  if (now.getTime() - last < dayMs && now.getTime() >= last) return
  if (mailer === null) {
    log.error('AUDIT_WITNESS contains an email address, but this server sends no mail: set SMTP_URL and MAIL_FROM')
    return
  }
  const { number, digest, mac, sealedAt } = head
  const text = [
    'The newest seal of the audit log of ChurchHub. Keep this mail. To check the log against it, save the line below in a',
    'file and run: npm run audit:verify -- --heads FILE',
    '',
    JSON.stringify({ number, digest, mac, sealedAt }),
    '',
  ].join('\n')
  try {
    for (const to of addresses) await mailer.send({ to, subject: 'ChurchHub: newest seal of the audit log', text })
    await writeFile(path, now.toISOString(), { mode: 0o600 })
  } catch (err) {
    log.error({ err }, 'failed to email the newest seal of the audit log: check AUDIT_WITNESS')
  }
}
