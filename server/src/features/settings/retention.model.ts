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
