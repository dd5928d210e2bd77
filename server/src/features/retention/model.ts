/** The effective retention periods, in days. */
export type Retention = Readonly<{ people: number; answers: number; deliveries: number }>

/**
 * Computes the effective retention periods, in days. Personal data is kept as long as answers unless set otherwise. Answers
 * and deliveries contain personal data, so neither is kept longer than it.
 */
export function retentionOf(
  settings: Readonly<{ people: number | null; answers: number; deliveries: number }>,
): Retention {
  const people = settings.people ?? settings.answers
  return { people, answers: Math.min(settings.answers, people), deliveries: Math.min(settings.deliveries, people) }
}

/** The retention settings. Null means as long as answers (`people`) or forever (`auditMonths`). */
export type RetentionSettings = Readonly<{
  people: number | null
  answers: number
  deliveries: number
  summaries: number
  auditMonths: number | null
}>

/** The setting keys and their fields in RetentionSettings. */
export const retentionKeys = {
  'people.retentionDays': 'people',
  'answers.retentionDays': 'answers',
  'deliveries.retentionDays': 'deliveries',
  'summaries.retentionDays': 'summaries',
  'audit.retentionMonths': 'auditMonths',
} as const satisfies Record<string, keyof RetentionSettings>

export type RetentionKey = keyof typeof retentionKeys

export function isRetentionKey(key: string): key is RetentionKey {
  return Object.hasOwn(retentionKeys, key)
}

/** Returns the settings with one of them changed. */
export function withRetention(settings: RetentionSettings, key: RetentionKey, value: number | null): RetentionSettings {
  return { ...settings, [retentionKeys[key]]: value }
}

/** Whether any retention period is shorter than before. */
export function isShorter(before: RetentionSettings, after: RetentionSettings): boolean {
  const [old, next] = [retentionOf(before), retentionOf(after)]
  return (
    next.people < old.people ||
    next.answers < old.answers ||
    next.deliveries < old.deliveries ||
    after.summaries < before.summaries ||
    (after.auditMonths ?? Infinity) < (before.auditMonths ?? Infinity)
  )
}

/**
 * The number of items of each kind that a shorter retention affects. The next run deletes or empties them; summaries may
 * only expire sooner.
 */
export type Affected = Readonly<{ bookings: number; deliveries: number; summaries: number; auditMonths: number }>

export const noneAffected: Affected = { bookings: 0, deliveries: 0, summaries: 0, auditMonths: 0 }

/** The total that a user confirms. */
export function countOf({ bookings, deliveries, summaries, auditMonths }: Affected): number {
  return bookings + deliveries + summaries + auditMonths
}
