/** All API token scopes and what each allows. The list is closed; none allows decryption. */
export const scopes = {
  'bookings:read': 'Read bookings, redacted, and follow their changes.',
  'bookings:write': 'Update bookings: increase their protection, never lower it, and record how a meeting ended.',
  'summaries:read': 'Read when and how summaries were written, and their plaintext metadata. Never their content.',
  'forms:read': 'Read booking forms and the number of answered questions. Never an answer.',
  'forms:write': 'Change booking forms: increase the protection of their bookings, never lower it.',
  'policies:read': 'Read scheduling policies.',
  'policies:write': 'Change scheduling policies.',
  'users:read': "Read users, as far as the token's owner may.",
  'users:write': 'Update, deactivate and reactivate users. Never who gets which bookings, or who is an admin.',
  'settings:read': 'Read system settings. Never an encrypted value.',
  'settings:write': 'Change system settings. Never addresses, keys, or how long the audit log is kept.',
  'jobs:read': 'Read background jobs.',
  'jobs:write': 'Retry and cancel background jobs.',
  'audit:read': 'Read the audit log.',
  'webhooks:read': 'Read webhook deliveries from Cal.com and outgoing webhooks.',
  'webhooks:write': 'Change outgoing webhooks, but not where they post to, and redeliver their messages.',
  'count-only': 'Count bookings and read booking statistics. Never a single booking or a group of fewer than five.',
} as const satisfies Record<string, string>

export type Scope = keyof typeof scopes

/** Every scope, in display order. */
export const allScopes = Object.keys(scopes) as readonly Scope[] // the keys of the list above, and no others

/** Narrows a string to a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text)
}
