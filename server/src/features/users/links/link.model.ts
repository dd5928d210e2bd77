import { createHash } from 'node:crypto'

/** What a mailed link is for. */
export type LinkPurpose = 'invitation' | 'password_reset'

/** Seconds for which a link can be used. */
export const linkTtlSeconds: Readonly<Record<LinkPurpose, number>> = {
  invitation: 7 * 24 * 3_600,
  password_reset: 3_600,
}

/** Bytes of randomness in a link's token. */
export const LINK_TOKEN_BYTES = 32

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** What the database knows a token by: its SHA-256 (hex). Null for what can't be a token. */
export function hashOfLinkToken(token: string): string | null {
  return TOKEN.test(token) ? createHash('sha256').update(token, 'utf8').digest('hex') : null
}

/** A link as it is about to be mailed. */
export type NewLink = Readonly<{ purpose: LinkPurpose; token: string; expiresAt: Date }>

const pages: Readonly<Record<LinkPurpose, string>> = {
  invitation: '/accept-invitation',
  password_reset: '/reset-password',
}

/** Where a link leads. The token is in the fragment: a browser sends it to no server, so no log and no Referer holds it. */
export function linkUrlOf(publicUrl: string, { purpose, token }: Pick<NewLink, 'purpose' | 'token'>): string {
  return `${publicUrl}${pages[purpose]}#token=${token}`
}

/** The mail that carries a link. It names nobody: what it says is true of any account. */
export function linkMailOf(
  publicUrl: string,
  { purpose, token, expiresAt }: NewLink,
): { subject: string; text: string } {
  const url = linkUrlOf(publicUrl, { purpose, token })
  const until = `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const { subject, before, after } = texts[purpose]
  return { subject, text: `${before}\n\n${url}\n\nThe link works once, until ${until}. ${after}\n` }
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
