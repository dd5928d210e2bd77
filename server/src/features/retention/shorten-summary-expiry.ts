import type { Transaction } from '../../platform/database/client.ts'
import { type Expiry, outlivingSummaries } from './summaries.reads.ts'

/** Sets an earlier expiry on the summaries that outlive the current retention. Returns how many. */
export async function shortenSummaryExpiry(tx: Transaction, expiry: Expiry): Promise<number> {
  return tx.$executeRaw`
    UPDATE context_summaries s SET "expiresAt" = o."expiresAt" FROM (${outlivingSummaries(expiry)}) o
    WHERE s.id = o.id AND s."createdAt" = o."createdAt"`
}
