import type { Transaction } from '../../platform/database/client.ts'
import { type Expiry, outlivingSummaries } from './summaries.reads.ts'

/** Gives the summaries that outlive what retention says by now their earlier expiry. Returns how many. */
export async function shortenSummaryExpiry(tx: Transaction, expiry: Expiry): Promise<number> {
  return tx.$executeRaw`
    UPDATE context_summaries s SET "expiresAt" = o."expiresAt" FROM (${outlivingSummaries(expiry)}) o
    WHERE s.id = o.id AND s."createdAt" = o."createdAt"`
}
