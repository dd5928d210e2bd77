import type { ApiTokenScopesQuery, ListedTokenFragment } from '../../gql/graphql.ts'
import { formatAgo, formatNearDate } from '../../lib/time.ts'

/** An API token as listed, without the token itself. */
export type ListedToken = ListedTokenFragment

/** A scope that can be granted to a token. */
export type OfferedScope = ApiTokenScopesQuery['apiTokenScopes'][number]

/** The lifetimes of a new token. The server accepts at most a year. */
export const lifetimes = [
  { days: 7, label: 'A week' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'A year' },
] as const

export const defaultLifetimeDays = 90

/** When a token created now expires. */
export function endAfter(days: number, now: Date): string {
  return new Date(now.getTime() + days * 24 * 3_600_000).toISOString()
}

/** The status of a token: `Expires Wed 26 Nov`, `Revoked Wed 26 Nov`, `Expired Wed 26 Nov`. */
export function statusOf(
  token: Pick<ListedToken, 'isActive' | 'awaitsConfirmation' | 'expiresAt' | 'revokedAt'>,
  now: Date,
): string {
  if (token.revokedAt !== null) return `Revoked ${formatNearDate(new Date(token.revokedAt), now)}`
  const end = new Date(token.expiresAt)
  if (end <= now) return `Expired ${formatNearDate(end, now)}`
  if (token.awaitsConfirmation) return `Waiting for an admin · expires ${formatNearDate(end, now)}`
  // Neither: its owner was deactivated manually.
  return token.isActive ? `Expires ${formatNearDate(end, now)}` : 'Inactive'
}

/** When a token was last used, to the minute. */
export function lastUseOf({ lastUsedAt }: Pick<ListedToken, 'lastUsedAt'>, now: Date): string {
  return lastUsedAt === null ? 'Never used' : `Last used ${formatAgo(new Date(lastUsedAt), now)}`
}
