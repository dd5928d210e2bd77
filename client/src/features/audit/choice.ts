import type { AuditLogFilter } from '../../gql/graphql.ts'
import { addDays, startOfDay } from '../../lib/time.ts'
import { type ActionGroup, type AuditEntry, actionGroups } from './model.ts'

/** The selected filters. */
export type AuditChoice = Readonly<{
  group: ActionGroup | 'all'
  period: keyof typeof periods | 'all'
  person: NonNullable<AuditEntry['user']> | null
}>

/** No filters. */
export const noFilter: AuditChoice = { group: 'all', period: 'all', person: null }

/** The selectable periods with their labels. */
export const periods = {
  today: { label: 'Today', days: 0 },
  week: { label: 'The last 7 days', days: 7 },
  month: { label: 'The last 30 days', days: 30 },
} as const

/** The selection as the API's filter; periods are whole days in the viewer's time zone, back from `now`. */
export function filterOf(choice: AuditChoice, now: Date): AuditLogFilter {
  return {
    ...(choice.group === 'all' ? {} : { actionType: [...actionGroups[choice.group].actions] }),
    ...(choice.period === 'all'
      ? {}
      : { createdAt: { from: addDays(startOfDay(now), -periods[choice.period].days).toISOString() } }),
    ...(choice.person === null ? {} : { userId: choice.person.id }),
  }
}

/** The download URL of the log with the list's filters. The server audits each export. */
export function exportPath(
  format: 'csv' | 'jsonl',
  { actionType, createdAt, userId, bookingId }: AuditLogFilter,
): string {
  const query = new URLSearchParams()
  for (const each of actionType ?? []) query.append('action', each)
  const single = { userId, bookingId, from: createdAt?.from, to: createdAt?.to }
  for (const [name, value] of Object.entries(single)) if (value) query.set(name, String(value))
  return query.size === 0 ? `/audit-log.${format}` : `/audit-log.${format}?${query}`
}
