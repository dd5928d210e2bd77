// The same shapes as server/src/features/bookings/lifecycle/contacts.model.ts: addresses that stand for a phone number.
const gateway = /^\+?[\d().-]{5,}@(?:[a-z0-9-]+\.)*(?:sms|mms|text|txt|phone|tel|whatsapp)\.[a-z0-9.-]+$/i
const internationalNumber = /^\+[\d().-]{7,}@/
const phoneText = /^\+?[\d\s().-]{6,}$/
const addressText = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** A phone number or a mail address as it is shown. `href` is null for what is neither. */
export type ContactLink = Readonly<{ words: string; href: string | null }>

/** A phone number as a `tel:` link. */
export function phoneLink(number: string): ContactLink {
  const digits = number.replaceAll(/\D/g, '')
  if (!phoneText.test(number) || digits.length < 6) return { words: number, href: null }
  return { words: number, href: `tel:${number.startsWith('+') ? '+' : ''}${digits}` }
}

/** A mail address as a `mailto:` link; an address that stands for a phone number is shown and called as that. */
export function mailLink(email: string): ContactLink {
  if (gateway.test(email) || internationalNumber.test(email)) {
    return phoneLink(`+${email.slice(0, email.indexOf('@')).replaceAll(/\D/g, '')}`)
  }
  if (!addressText.test(email)) return { words: email, href: null }
  // Encoded, so that what follows a `?` in it is no subject, copy or text of the mail.
  return { words: email, href: `mailto:${encodeURIComponent(email).replace('%40', '@')}` }
}
