import type { Database } from '../../platform/database/client.ts'
import type { RetentionSettings } from '../retention/model.ts'
import { readSetting } from './reads.ts'

/** Reads all retention settings. */
export async function readRetention(database: Pick<Database, 'systemSetting'>): Promise<RetentionSettings> {
  return {
    people: (await readSetting(database, 'people.retentionDays')).value,
    answers: (await readSetting(database, 'answers.retentionDays')).value,
    deliveries: (await readSetting(database, 'deliveries.retentionDays')).value,
    summaries: (await readSetting(database, 'summaries.retentionDays')).value,
    auditMonths: (await readSetting(database, 'audit.retentionMonths')).value,
  }
}
