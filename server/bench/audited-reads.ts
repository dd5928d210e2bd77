import { createAuditedReader } from '../src/core/audit/read/audited-reader.ts'
import { openVault, type Vault } from '../src/core/vault/vault.ts'
import { openSummaries } from '../src/features/summaries/read/open-summaries.ts'
import { systemClock } from '../src/platform/clock.ts'
import { createDatabase, type Database } from '../src/platform/database/client.ts'
import { newId } from '../src/platform/ids.ts'
import { Secret } from '../src/platform/secret.ts'
import { openBareReads } from './bare-reads.ts'
import type { Plan } from './support/arguments.ts'
import { type SealedSummary, sealSummaries } from './support/encrypted-summaries.ts'
import { interleave, ratios, type Spread, spreadOver } from './support/rounds.ts'
import type { Site } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'

const inFlight = 64

/** The number of connections of each strategy; a ChurchHub node's default. */
export const poolSize = 10

/** Opens one summary for its owner, with its audit row committed before this resolves. */
export type Read = (summary: SealedSummary) => Promise<string>

type Round = Readonly<{ readsPerSecond: number; p50Ms: number; p99Ms: number }>

export type AuditedReadFigures = Readonly<{
  strategy: string
  /** Reads per second relative to one committed INSERT per read, in the same round. */
  ratioToBare: Spread
  ratioOfP99: Spread
  readsPerSecond: Spread
  p50Ms: Spread
  p99Ms: Spread
}>

/**
 * Measures how fast summaries are opened durably with 64 concurrent reads, against one committed INSERT per read. Every
 * round checks that the audit log has as many new rows as there were responses.
 */
export async function benchAuditedReads(
  { url, encryptionKey }: Site,
  plan: Plan,
): Promise<readonly AuditedReadFigures[]> {
  const { database, close } = createDatabase({ url, applicationName: 'churchhub bench', maxConnections: poolSize })
  try {
    await assertDurable(database)
    const vault = await openVault({ database, masterKey: new Secret(encryptionKey), clock: systemClock })
    const summaries = await sealSummaries(database, vault)
    await using baseline = openBareReads(url, vault)
    const strategies = new Map<string, Read>([
      ['one INSERT commit a read', baseline.read],
      ['ChurchHub', readByChurchHub(database, vault)],
    ])
    for (const read of strategies.values()) await measure(read, summaries, 1)
    const contestants = [...strategies].map(([name, read]) => {
      return [name, () => measureChecked(database, read, summaries, plan.secondsPerRound)] as const
    })
    const rounds = await interleave(new Map(contestants), plan.rounds)
    return [...rounds.keys()].map((name) => figuresOf(name, rounds))
  } finally {
    await close()
  }
}

/** The figures as a printable table. */
export function auditedReadsTable(figures: readonly AuditedReadFigures[]): string {
  const head = ['strategy', 'reads/s, ratio', 'p99, ratio', 'reads/s', 'p50 ms', 'p99 ms']
  return tableOf(
    head,
    figures.map((row) => [
      row.strategy,
      formatSpread(row.ratioToBare, 2),
      formatSpread(row.ratioOfP99, 2),
      row.readsPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(1),
      formatSpread(row.p99Ms, 1),
    ]),
  )
}

function readByChurchHub(database: Database, vault: Vault): Read {
  const origin = { ipAddress: '203.0.113.7', userAgent: 'bench' }
  const deps = { auditedReader: createAuditedReader(database), database, vault, newId }
  return async ({ id, ownerId }) => {
    const viewer = { kind: 'person', userId: ownerId, role: 'pastor', sessionId: ownerId } as const
    const opened = (await openSummaries(deps, viewer, origin, [id])).get(id)
    if (opened == null || opened instanceof Error) throw new Error('a summary could not be opened', { cause: opened })
    return opened.text
  }
}

/** Throws if a crash could lose committed audit rows. */
async function assertDurable(database: Database): Promise<void> {
  const [found] = await database.$queryRaw<{ isDurable: boolean }[]>`
    SELECT current_setting('fsync')::boolean AND current_setting('synchronous_commit') = 'on' AS "isDurable"`
  if (found?.isDurable !== true)
    throw new Error('the database runs without fsync, so a measurement would be meaningless')
}

async function measureChecked(
  database: Database,
  read: Read,
  summaries: readonly SealedSummary[],
  seconds: number,
): Promise<Round> {
  const before = await database.auditLog.count()
  const { readCount, ...round } = await measure(read, summaries, seconds)
  const logged = (await database.auditLog.count()) - before
  if (logged !== readCount)
    throw new Error(`${readCount} summaries were opened, and ${logged} rows are in the audit log`)
  return round
}

async function measure(
  read: Read,
  summaries: readonly SealedSummary[],
  seconds: number,
): Promise<Round & { readCount: number }> {
  const latencies: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  const readOn = async () => {
    for (let begunAt = performance.now(); begunAt < endAt; begunAt = performance.now()) {
      const summary = summaries[Math.floor(Math.random() * summaries.length)]
      if (summary === undefined) throw new Error('there are no summaries')
      if ((await read(summary)) !== summary.text) throw new Error('a summary opened as another one')
      latencies.push(performance.now() - begunAt)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, readOn))
  const elapsedSeconds = (performance.now() - startedAt) / 1000
  latencies.sort((a, b) => a - b)
  const quantile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN
  return {
    readCount: latencies.length,
    readsPerSecond: latencies.length / elapsedSeconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  }
}

function figuresOf(strategy: string, all: ReadonlyMap<string, readonly Round[]>): AuditedReadFigures {
  const rounds = all.get(strategy) ?? []
  const baseline = all.get('one INSERT commit a read') ?? []
  return {
    strategy,
    ratioToBare: ratios(rounds, baseline, (round) => round.readsPerSecond),
    ratioOfP99: ratios(rounds, baseline, (round) => round.p99Ms),
    readsPerSecond: spreadOver(rounds, (round) => round.readsPerSecond),
    p50Ms: spreadOver(rounds, (round) => round.p50Ms),
    p99Ms: spreadOver(rounds, (round) => round.p99Ms),
  }
}
