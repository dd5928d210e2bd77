import type { Transaction } from '../../../platform/database/client.ts'
import { ConfirmationRequiredError } from '../../../platform/errors.ts'
import { nothingAffected } from '../../retention/model.ts'
import { shortenSummaryExpiry } from '../../retention/shorten-summary-expiry.ts'
import { countOutlivingSummaries } from '../../retention/summaries.reads.ts'
import { readRetention } from '../../settings/read-retention.ts'

/**
 * Lets the retention of a configuration that was changed in this transaction reach the summaries that are there, if their
 * number was confirmed: a pastor's own, or with null the church's. Returns how many.
 *
 * @throws ConfirmationRequiredError where they are more than was confirmed
 */
export async function confirmExpiry(
  tx: Transaction,
  { ownerId, confirmedCount }: Readonly<{ ownerId: string | null; confirmedCount: number }>,
): Promise<number> {
  const { summaries: days } = await readRetention(tx)
  const summaries = await countOutlivingSummaries(tx, { days, ownerId })
  if (summaries > confirmedCount) throw new ConfirmationRequiredError({ ...nothingAffected, summaries })
  return summaries === 0 ? 0 : shortenSummaryExpiry(tx, { days, ownerId })
}
