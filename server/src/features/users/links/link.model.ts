import { createHash } from 'node:crypto'

/** The purpose of an email link. */
export type LinkPurpose = 'invitation' | 'password_reset'

/** How long a link is valid, in seconds. */
export const linkTtlSeconds: Readonly<Record<LinkPurpose, number>> = {
  invitation: 7 * 24 * 3_600,
  password_reset: 3_600,
}

/** The length of a link's random token, in bytes. */
export const LINK_TOKEN_BYTES = 32

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** The SHA-256 (hex) of a token, which the database stores instead of it. Null for a malformed token. */
export function hashOfLinkToken(token: string): string | null {
  return TOKEN.test(token) ? createHash('sha256').update(token, 'utf8').digest('hex') : null
}

/** A link about to be emailed. */
export type NewLink = Readonly<{ purpose: LinkPurpose; token: string; expiresAt: Date }>

const pages: Readonly<Record<LinkPurpose, string>> = {
  invitation: '/accept-invitation',
  password_reset: '/reset-password',
}

/**
 * Builds a link's URL. The token is in the fragment, which browsers don't send, so it never appears in logs or Referer
 * headers.
 */
export function linkUrlOf(publicUrl: string, { purpose, token }: Pick<NewLink, 'purpose' | 'token'>): string {
  return `${publicUrl}${pages[purpose]}#token=${token}`
}

/** Composes the email for a link. It contains no names, so that it reveals nothing about the account. */
export function linkMailOf(
  publicUrl: string,
  { purpose, token, expiresAt }: NewLink,
): { subject: string; text: string } {
  const url = linkUrlOf(publicUrl, { purpose, token })
  const expiry = `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const { subject, before, after } = texts[purpose]
  return { subject, text: `${before}\n\n${url}\n\nThe link works once, until ${expiry}. ${after}\n` }
}

const texts: Readonly<Record<LinkPurpose, { subject: string; before: string; after: string }>> = {
  invitation: {
    subject: 'Your invitation to ChurchHub',
    before: 'You have been invited to ChurchHub. Choose a password to get started:',
    after: 'If you did not expect this email, ignore it.',
  },
  password_reset: {
    subject: 'Reset your ChurchHub password',
    before: 'Someone, perhaps you, requested a new password for your ChurchHub account:',
    after: 'If it was not you, ignore this email. Your password stays the same.',
  },
}
