import { z } from 'zod'
import { dayMs } from '../../platform/durations.ts'

/** How long a token lives when nothing is said, and at most. One that nobody remembers should end by itself. */
export const lifeDays = { default: 90, longest: 366 } as const

/** What somebody asks for who makes a token. Which scopes there are, and who may give them, is asked of `core/access`. */
export const newTokenFormat = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must be at most 100 characters'),
  scopes: z.array(z.string()).min(1, 'must contain at least one scope').max(100, 'must contain at most 100 scopes'),
  expiresAt: z.date().nullish(),
})

/** When a token ends, or null where the moment asked for lies in the past or too far ahead. */
export function endOf(asked: Date | null | undefined, now: Date): Date | null {
  if (asked == null) return new Date(now.getTime() + lifeDays.default * dayMs)
  const isWithin = asked > now && asked.getTime() <= now.getTime() + lifeDays.longest * dayMs
  return isWithin ? asked : null
}
