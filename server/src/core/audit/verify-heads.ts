import type { Database } from '../../platform/database/client.ts'
import type { Finding } from './findings.ts'
import type { Head } from './heads.ts'

const headsAtOnce = 500

/**
 * Holds the seals against the heads that were written outside the database, and yields the first that doesn't fit: the
 * log was cut off together with its seals, or the database was put back to an older state. Nothing in the database can
 * show that, because what is left of it is whole.
 */
export async function* verifyHeads(
  database: Pick<Database, 'auditSeal'>,
  heads: AsyncIterable<Head>,
): AsyncGenerator<Finding, number> {
  let count = 0
  let batch: Head[] = []
  for await (const head of heads) {
    count += 1
    batch.push(head)
    if (batch.length < headsAtOnce) continue
    const finding = await firstLost(database, batch)
    if (finding !== null) yield finding
    if (finding !== null) return count
    batch = []
  }
  const finding = await firstLost(database, batch)
  if (finding !== null) yield finding
  return count
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
