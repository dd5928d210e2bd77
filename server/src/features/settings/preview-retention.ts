import { z } from 'zod'
import { checkInput } from '../../platform/check-input.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/client.ts'
import { BadUserInputError } from '../../platform/errors.ts'
import { countAffected } from '../retention/count-affected.ts'
import { type Affected, countOf, isRetentionKey, retentionKeys, withRetention } from '../retention/model.ts'
import { readRetention } from './read-retention.ts'
import { definitionOf, settings } from './registry.model.ts'

/** How much of each kind a retention reaches, and all of them together: what is confirmed. */
export type RetentionPreviewResult = Affected & Readonly<{ total: number }>

/**
 * How much of what is there a retention would reach if it were set to a value; null is its default. Changes nothing.
 *
 * @throws BadUserInputError for a key that is no retention's, or a value that it can't have
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
  const given =
    value == null ? settings[key].unset : checkInput(z.object({ value: definitionOf(key).format }), { value }).value
  const before = await readRetention(database)
  // The format of a retention is a whole number.
  const after = withRetention(before, key, given as number | null)
  const affected = await countAffected(database, { now: clock.now(), before, after })
  return { ...affected, total: countOf(affected) }
}
