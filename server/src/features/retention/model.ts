/** Days that each kind is kept. */
export type Retention = Readonly<{ people: number; answers: number; deliveries: number }>

/**
 * Days that each kind is kept, from the settings. People go with the answers unless set otherwise. What people wrote, and
 * what Cal.com delivered, names them: neither is kept longer than they are.
 */
export function retentionOf(set: Readonly<{ people: number | null; answers: number; deliveries: number }>): Retention {
  const people = set.people ?? set.answers
  return { people, answers: Math.min(set.answers, people), deliveries: Math.min(set.deliveries, people) }
}

/** What every setting of a retention says. Null: as long as answers, or for ever. */
export type RetentionSettings = Readonly<{
  people: number | null
  answers: number
  deliveries: number
  summaries: number
  auditMonths: number | null
}>

/** The settings of retentions, by what they say of which kind. */
export const retentionKeys = {
  'people.retentionDays': 'people',
  'answers.retentionDays': 'answers',
  'deliveries.retentionDays': 'deliveries',
  'summaries.retentionDays': 'summaries',
  'audit.retentionMonths': 'auditMonths',
} as const satisfies Record<string, keyof RetentionSettings>

export type RetentionKey = keyof typeof retentionKeys

/** Narrows the key of a setting to that of a retention. */
export function isRetentionKey(key: string): key is RetentionKey {
  return Object.hasOwn(retentionKeys, key)
}

/** The settings, with one of them changed. */
export function withRetention(settings: RetentionSettings, key: RetentionKey, value: number | null): RetentionSettings {
  return { ...settings, [retentionKeys[key]]: value }
}

/** Whether any kind is kept for a shorter time than before. */
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

/** How many of each kind a shorter retention reaches: deletes or empties at the next run; summaries may also only end sooner. */
export type Affected = Readonly<{ bookings: number; deliveries: number; summaries: number; auditMonths: number }>

export const nothingAffected: Affected = { bookings: 0, deliveries: 0, summaries: 0, auditMonths: 0 }

/** All of them together: what is confirmed. */
export function countOf({ bookings, deliveries, summaries, auditMonths }: Affected): number {
  return bookings + deliveries + summaries + auditMonths
}
