import { z } from 'zod'
import { checkInput } from '../../platform/check-input.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { countAffected } from '../retention/count-affected.ts'
import { type Affected, countOf, isRetentionKey, retentionKeys, withRetention } from '../retention/model.ts'
import { readRetention } from './read-retention.ts'
import { definitionOf, settings } from './registry.model.ts'

/** The number of items of each kind that a retention would affect, and their total, which a user confirms. */
export type RetentionPreviewResult = Affected & Readonly<{ total: number }>

/**
 * Counts the existing data that would be affected if a retention setting had this value; null means its default. Changes
 * nothing.
 *
 * @throws BadUserInputError for a key that isn't a retention setting, or an invalid value
 */
export async function previewRetention(
  { database, clock }: Readonly<{ database: Database; clock: Clock }>,
  { key, value }: Readonly<{ key: string; value?: number | null | undefined }>,
): Promise<RetentionPreviewResult> {
  if (!isRetentionKey(key)) {
    throw new BadUserInputError(
      'key',
      `Unknown retention setting. Expected one of: ${Object.keys(retentionKeys).join(', ')}.`,
    )
  }
  const requested =
    value == null
      ? settings[key].defaultValue
      : checkInput(z.object({ value: definitionOf(key).format }), { value }).value
  const before = await readRetention(database)
  // The formats of all retention settings are whole numbers.
  const after = withRetention(before, key, requested as number | null)
  const affected = await countAffected(database, { now: clock.now(), before, after })
  return { ...affected, total: countOf(affected) }
}
