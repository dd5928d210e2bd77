/** Everything that an API token can be given, and what each lets it do. The list is closed; none opens a sealed field. */
export const scopes = {
  'bookings:read': 'Read bookings, redacted, and follow their changes.',
  'bookings:write': 'Change bookings: how carefully they are shown, towards hiding only, and how a meeting ended.',
  'summaries:read':
    'Read when and how summaries were written, and what stands in clear beside them. Never their words.',
  'forms:read': 'Read booking forms and how many questions were answered. Never an answer.',
  'forms:write': 'Change booking forms: how carefully their bookings are shown, towards hiding only.',
  'policies:read': 'Read scheduling policies.',
  'policies:write': 'Change scheduling policies.',
  'users:read': 'Read users, as far as the token’s user may.',
  'users:write': 'Change, deactivate and reactivate users. Never who gets which bookings, or who is an admin.',
  'settings:read': 'Read system settings. Never a sealed value.',
  'settings:write': 'Change system settings. Never addresses, keys, or how long the audit log is kept.',
  'jobs:read': 'Read what the background jobs do.',
  'jobs:write': 'Retry and cancel background jobs.',
  'audit:read': 'Read the audit log.',
  'webhooks:read': 'Read webhook deliveries, and the webhooks that ChurchHub sends.',
  'webhooks:write': 'Change the webhooks that ChurchHub sends, but not where they go, and deliver again.',
  'count-only': 'Count bookings and read statistics of them. Never a row, and no group of fewer than five.',
} as const satisfies Record<string, string>

export type Scope = keyof typeof scopes

/** Every scope, in the order in which they are offered. */
export const allScopes = Object.keys(scopes) as readonly Scope[] // the keys of the list above, and no others

/** Narrows a text that came from outside to a scope of the closed list. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text)
}
