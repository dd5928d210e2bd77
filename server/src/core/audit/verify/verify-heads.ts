import type { Database } from '../../../platform/database/client.ts'
import type { Head } from '../seal/heads.ts'
import type { Finding } from './findings.ts'
import { lostNameOf } from './restore-receipts.ts'

const batchSize = 500

/**
 * Compares the seals with the heads written outside the database, and yields the first mismatch: the log was truncated
 * together with its seals, or the database was rolled back. The database alone can't show that, because the rest of it
 * is consistent.
 *
 * @param explained - the names of seals lost by a confirmed restore
 * @returns the number of heads, and the newest
 */
export async function* verifyHeads(
  database: Pick<Database, 'auditSeal'>,
  heads: AsyncIterable<Head>,
  explained: ReadonlySet<string>,
): AsyncGenerator<Finding, { count: number; newest: Head | null }> {
  let count = 0
  let newest: Head | null = null
  let isLossReported = false
  let batch: Head[] = []
  async function* verifyBatch(): AsyncGenerator<Finding> {
    const finding = isLossReported ? null : await firstLost(database, batch)
    batch = []
    // Losing one seal loses all later ones: report only the first.
    isLossReported ||= finding !== null
    if (finding !== null) yield finding
  }
  for await (const head of heads) {
    count += 1
    newest = head
    if (!explained.has(lostNameOf(head))) batch.push(head)
    if (batch.length >= batchSize) yield* verifyBatch()
  }
  yield* verifyBatch()
  return { count, newest }
}

/** The first head whose seal is missing or different. */
export async function firstLost(
  database: Pick<Database, 'auditSeal'>,
  heads: readonly Head[],
): Promise<Finding | null> {
  const seals = await database.auditSeal.findMany({
    where: { number: { in: heads.map(({ number }) => BigInt(Math.trunc(number))) } },
    select: { number: true, digest: true },
  })
  const digests = new Map(seals.map(({ number, digest }) => [Number(number), digest]))
  for (const { number, digest, sealedAt } of heads) {
    const inDatabase = digests.get(number)
    if (inDatabase === digest) continue
    const problem = inDatabase === undefined ? 'is missing' : 'is different'
    const detail = `seal ${number}, made at ${sealedAt} by the record outside the database, ${problem}: the log was truncated, or the database was restored to an older state`
    return { kind: 'cut_off', row: null, seal: number, detail }
  }
  return null
}
