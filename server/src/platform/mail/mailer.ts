import { isIPv4 } from 'node:net'
import { createTransport } from 'nodemailer'
import { ChurchHubError } from '../errors.ts'
import type { Secret } from '../secret.ts'

/** A mail to one person, as plain text. */
type Mail = Readonly<{ to: string; subject: string; text: string }>

/** The way out over SMTP. */
export type Mailer = Readonly<{
  /** Hands a mail to the mail server. Throws MailError unless that took it. */
  send(mail: Mail): Promise<void>
}>

/**
 * The mail server did not take a mail. Its own words are left out: they repeat addresses, and sometimes the mail. `reason`
 * is nodemailer's code (EAUTH, ETIMEDOUT, EENVELOPE …), `reply` the server's three digits.
 */
class MailError extends ChurchHubError {
  constructor(reason: string, reply: number | null) {
    super('UNAVAILABLE', 'The mail server did not accept the email.', { reason, reply })
  }
}

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, dnsTimeout: 10_000, socketTimeout: 30_000 }

/**
 * How to reach a mail server, out of `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (TLS from the start).
 * What is mailed opens accounts, so it is never sent in clear unless the server is this machine, or the URL ends in
 * `?requireTLS=false`.
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

/** Makes the mailer. It connects for each mail, so that a mail server that is away delays no start. */
export function createMailer({ smtpUrl, from }: Readonly<{ smtpUrl: Secret; from: string }>): Mailer {
  const options = { ...smtpOptionsOf(smtpUrl.reveal()), ...timeouts, disableFileAccess: true, disableUrlAccess: true }
  const transport = createTransport(options, { from })
  return {
    async send({ to, subject, text }) {
      try {
        // As an object the address is taken as one address, whatever stands in it.
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
