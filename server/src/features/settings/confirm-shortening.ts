import { mayOnlyCount } from '../../core/access/counting.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ChurchHubError, ConfirmationRequiredError } from '../../platform/errors.ts'
import { countAffected } from '../retention/count-affected.ts'
import { type Affected, countOf, isShorter, type RetentionSettings } from '../retention/model.ts'
import { shortenSummaryExpiry } from '../retention/shorten-summary-expiry.ts'
import { readRetention } from './read-retention.ts'

/**
 * Applies a shorter retention to existing data, in the transaction that sets it, if its extent was confirmed. Summaries get
 * an earlier expiry; the rest is deleted by the next runs. Returns null if nothing was shortened.
 *
 * @throws ConfirmationRequiredError with the counts, if they exceed what was confirmed
 * @throws ChurchHubError FORBIDDEN for a viewer limited to counts, to whom the exact counts must not be revealed
 */
export async function confirmShortening(
  tx: Transaction,
  viewer: Viewer,
  { now, before, confirmedCount }: Readonly<{ now: Date; before: RetentionSettings; confirmedCount: number }>,
): Promise<Affected | null> {
  const after = await readRetention(tx)
  if (!isShorter(before, after)) return null
  if (mayOnlyCount(viewer)) {
    throw new ChurchHubError(
      'FORBIDDEN',
      'To shorten a retention period, an API token also needs the scope bookings:read.',
      {
        missingScope: ['bookings:read'],
      },
    )
  }
  const affected = await countAffected(tx, { now, before, after })
  if (countOf(affected) > confirmedCount) throw new ConfirmationRequiredError(affected)
  if (affected.summaries > 0) await shortenSummaryExpiry(tx, { days: after.summaries })
  return affected
}
