import { z } from 'zod'
import { dayMs } from '../../platform/durations.ts'

/** The default and maximum lifetime of a token, in days. Forgotten tokens must expire. */
export const ttlDays = { default: 90, max: 366 } as const

/** The input for a new token. Scopes are validated by `core/access`. */
export const newTokenFormat = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must be at most 100 characters'),
  scopes: z.array(z.string()).min(1, 'must contain at least one scope').max(100, 'must contain at most 100 scopes'),
  expiresAt: z.date().nullish(),
})

/** When a token expires. Null if the requested time is in the past or too far ahead. */
export function endOf(asked: Date | null | undefined, now: Date): Date | null {
  if (asked == null) return new Date(now.getTime() + ttlDays.default * dayMs)
  const isWithin = asked > now && asked.getTime() <= now.getTime() + ttlDays.max * dayMs
  return isWithin ? asked : null
}
