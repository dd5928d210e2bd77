import type { Database } from '../../../platform/database/client.ts'
import type { Head } from '../seal/heads.ts'
import type { Finding } from './findings.ts'
import { lostNameOf } from './restore-receipts.ts'

const headsAtOnce = 500

/**
 * Holds the seals against the heads that were written outside the database, and yields the first that doesn't fit: the
 * log was cut off together with its seals, or the database was put back to an older state. Nothing in the database can
 * show that, because what is left of it is whole.
 *
 * @param explained - the names of seals that a confirmed restore has lost
 * @returns how many heads there were, and the newest
 */
export async function* verifyHeads(
  database: Pick<Database, 'auditSeal'>,
  heads: AsyncIterable<Head>,
  explained: ReadonlySet<string>,
): AsyncGenerator<Finding, { count: number; newest: Head | null }> {
  let count = 0
  let newest: Head | null = null
  let isLossTold = false
  let batch: Head[] = []
  async function* verifyBatch(): AsyncGenerator<Finding> {
    const finding = isLossTold ? null : await firstLost(database, batch)
    batch = []
    // One lost seal loses all that follow: only the first is news.
    isLossTold ||= finding !== null
    if (finding !== null) yield finding
  }
  for await (const head of heads) {
    count += 1
    newest = head
    if (!explained.has(lostNameOf(head))) batch.push(head)
    if (batch.length >= headsAtOnce) yield* verifyBatch()
  }
  yield* verifyBatch()
  return { count, newest }
}

/** The first head whose seal is gone, or is not the one that it was. */
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
    const what = inDatabase === undefined ? 'is gone' : 'is another now'
    const detail = `seal ${number}, made at ${sealedAt} by the record outside the database, ${what}: the log was cut off, or the database was put back to an older state`
    return { kind: 'cut_off', row: null, seal: number, detail }
  }
  return null
}
