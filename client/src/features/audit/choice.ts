import type { AuditLogFilter } from '../../gql/graphql.ts'
import { addDays, startOfDay } from '../../lib/time.ts'
import { type ActionGroup, type AuditEntry, actionGroups } from './model.ts'

/** What a person chose to see. */
export type AuditChoice = Readonly<{
  group: ActionGroup | 'all'
  period: keyof typeof periods | 'all'
  person: NonNullable<AuditEntry['user']> | null
}>

/** Nothing left out. */
export const noFilter: AuditChoice = { group: 'all', period: 'all', person: null }

/** Times that one may look back over, in words. */
export const periods = {
  today: { words: 'Today', days: 0 },
  week: { words: 'The last 7 days', days: 7 },
  month: { words: 'The last 30 days', days: 30 },
} as const

/** The choice as the API's filter; periods count whole days of the person's zone, back from `now`. */
export function filterOf(choice: AuditChoice, now: Date): AuditLogFilter {
  return {
    ...(choice.group === 'all' ? {} : { action: [...actionGroups[choice.group].actions] }),
    ...(choice.period === 'all'
      ? {}
      : { createdAt: { from: addDays(startOfDay(now), -periods[choice.period].days).toISOString() } }),
    ...(choice.person === null ? {} : { userId: choice.person.id }),
  }
}

/** The address of the log as a file, under the same filter as the list. The server writes each export into the log. */
export function exportPath(format: 'csv' | 'jsonl', { action, createdAt, userId, bookingId }: AuditLogFilter): string {
  const query = new URLSearchParams()
  for (const each of action ?? []) query.append('action', each)
  const single = { userId, bookingId, from: createdAt?.from, to: createdAt?.to }
  for (const [name, value] of Object.entries(single)) if (value) query.set(name, String(value))
  return query.size === 0 ? `/audit-log.${format}` : `/audit-log.${format}?${query}`
}
