// The same patterns as server/src/features/bookings/lifecycle/contacts.model.ts: addresses that encode a phone number.
const gateway = /^\+?[\d().-]{5,}@(?:[a-z0-9-]+\.)*(?:sms|mms|text|txt|phone|tel|whatsapp)\.[a-z0-9.-]+$/i
const internationalNumber = /^\+[\d().-]{7,}@/
const phoneText = /^\+?[\d\s().-]{6,}$/
const addressText = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** A phone number or an email address as shown. `href` is null if it is neither. */
export type ContactLink = Readonly<{ label: string; href: string | null }>

/** A phone number as a `tel:` link. */
export function phoneLink(number: string): ContactLink {
  const digits = number.replaceAll(/\D/g, '')
  if (!phoneText.test(number) || digits.length < 6) return { label: number, href: null }
  return { label: number, href: `tel:${number.startsWith('+') ? '+' : ''}${digits}` }
}

/** An email address as a `mailto:` link; an address that encodes a phone number becomes a `tel:` link. */
export function mailLink(email: string): ContactLink {
  if (gateway.test(email) || internationalNumber.test(email)) {
    return phoneLink(`+${email.slice(0, email.indexOf('@')).replaceAll(/\D/g, '')}`)
  }
  if (!addressText.test(email)) return { label: email, href: null }
  // Encoded, so that text after a `?` can't add a subject, copy or body.
  return { label: email, href: `mailto:${encodeURIComponent(email).replace('%40', '@')}` }
}
