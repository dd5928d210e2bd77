import { isIPv4 } from 'node:net'
import { createTransport } from 'nodemailer'
import { ChurchHubError } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** A plain-text mail to one person. */
type Mail = Readonly<{ to: string; subject: string; text: string }>

/** Sends mail over SMTP. */
export type Mailer = Readonly<{
  /** Hands a mail to the mail server. Throws MailError unless the server accepts it. */
  send(mail: Mail): Promise<void>
}>

/**
 * The mail server refused a mail. Its text is omitted because it repeats addresses and sometimes the mail. `reason` is
 * nodemailer's code (EAUTH, ETIMEDOUT, EENVELOPE …), `reply` the SMTP status code.
 */
class MailError extends ChurchHubError {
  constructor(reason: string, reply: number | null) {
    super('UNAVAILABLE', 'The mail server did not accept the email.', { reason, reply })
  }
}

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, dnsTimeout: 10_000, socketTimeout: 30_000 }

/**
 * Parses `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (implicit TLS). Mails contain sign-in links, so they
 * are never sent in plaintext unless the server is local or the URL ends in `?requireTLS=false`.
 */
export function smtpOptionsOf(smtpUrl: string) {
  const { protocol, hostname, port, username, password, searchParams } = new URL(smtpUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isLoopback = host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
  const secure = protocol === 'smtps:'
  const requireTLS = !secure && (searchParams.get('requireTLS') ?? String(!isLoopback)) !== 'false'
  return {
    host,
    port: Number(port || (secure ? 465 : 587)),
    secure,
    requireTLS,
    ignoreTLS: !secure && !requireTLS,
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  }
}

/** Creates the mailer. It connects for each mail, so an unavailable mail server delays no start. */
export function createMailer({ smtpUrl, from }: Readonly<{ smtpUrl: Secret; from: string }>): Mailer {
  const options = { ...smtpOptionsOf(smtpUrl.reveal()), ...timeouts, disableFileAccess: true, disableUrlAccess: true }
  const transport = createTransport(options, { from })
  return {
    async send({ to, subject, text }) {
      try {
        // Passed as an object, the address is always parsed as a single one.
        await transport.sendMail({ to: { name: '', address: to }, subject, text })
      } catch (error) {
        throw mailErrorOf(error)
      }
    },
  }
}

function mailErrorOf(error: unknown): MailError {
  const { code, responseCode } = { code: undefined, responseCode: undefined, ...(error instanceof Error ? error : {}) }
  return new MailError(
    typeof code === 'string' ? code : 'UNKNOWN',
    typeof responseCode === 'number' ? responseCode : null,
  )
}
