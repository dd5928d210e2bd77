import type { Transaction } from '../../../platform/database/client.ts'
import { ConfirmationRequiredError } from '../../../platform/errors.ts'
import { noneAffected } from '../../retention/model.ts'
import { shortenSummaryExpiry } from '../../retention/shorten-summary-expiry.ts'
import { countOutlivingSummaries } from '../../retention/summaries.reads.ts'
import { readRetention } from '../../settings/read-retention.ts'

/**
 * Applies the retention of a configuration changed in this transaction to the existing summaries of a pastor, or of the
 * church if `ownerId` is null, provided that their number was confirmed. Returns how many were affected.
 *
 * @throws ConfirmationRequiredError if more than `confirmedCount` summaries would expire sooner
 */
export async function confirmExpiry(
  tx: Transaction,
  { ownerId, confirmedCount }: Readonly<{ ownerId: string | null; confirmedCount: number }>,
): Promise<number> {
  const { summaries: days } = await readRetention(tx)
  const summaries = await countOutlivingSummaries(tx, { days, ownerId })
  if (summaries > confirmedCount) throw new ConfirmationRequiredError({ ...noneAffected, summaries })
  return summaries === 0 ? 0 : shortenSummaryExpiry(tx, { days, ownerId })
}
