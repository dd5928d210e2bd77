import type { Clock } from '../clock.ts'
import type { Log } from '../logging/log.ts'
import type { Database } from './client.ts'

/** The database's clock, as known to this node. */
export type DatabaseClock = Required<Clock> & Readonly<{ stop(): void }>

/** Small enough for quartz, which drifts by milliseconds in this time. */
const intervalMs = 30_000

/** A greater skew is reported. */
export const maxSkewMs = 2_000

/**
 * Creates the clock that all nodes share: throttles, budgets, sessions and links of one node are judged by the others,
 * so they must not depend on the clock of the machine that wrote them. Reads the database's clock every 30 s, and counts
 * on from there with the monotonic timer, which nobody can set.
 */
export async function createDatabaseClock(
  database: Pick<Database, '$queryRaw'>,
  log: Pick<Log, 'warn'>,
): Promise<DatabaseClock> {
  let offsetMs = 0
  let isReported = false
  const nowMs = () => performance.now() + offsetMs
  const skewMs = () => Date.now() - nowMs()

  async function read(): Promise<void> {
    const sentAt = performance.now()
    const [row] = await database.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
    if (row === undefined) return
    offsetMs = row.now.getTime() - (sentAt + performance.now()) / 2
    const isSkewed = Math.abs(skewMs()) > maxSkewMs
    if (isSkewed && !isReported) log.warn({ skewMs: Math.round(skewMs()) }, 'the clock of this machine is wrong')
    isReported = isSkewed
  }

  // Twice: the first query opens a connection, which takes time before the answer.
  await read()
  await read()
  // While the database is away, the clock counts on.
  const timer = setInterval(() => void read().catch(() => undefined), intervalMs).unref()
  return { now: () => new Date(nowMs()), skewMs, stop: () => clearInterval(timer) }
}
