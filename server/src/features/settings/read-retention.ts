import type { Database } from '../../platform/database/client.ts'
import { readSetting } from './reads.ts'
import { type Retention, retentionOf } from './retention.model.ts'

/** How many days each kind is kept, as the settings say together. */
export async function readRetention(database: Pick<Database, 'systemSetting'>): Promise<Retention> {
  const [people, answers, deliveries] = [
    await readSetting(database, 'people.retentionDays'),
    await readSetting(database, 'answers.retentionDays'),
    await readSetting(database, 'deliveries.retentionDays'),
  ]
  return retentionOf({ people: people.value, answers: answers.value, deliveries: deliveries.value })
}
