import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { askChurchHub } from './dashboard.ts'
import type { Plan } from './support/arguments.ts'
import type { Church } from './support/church.ts'
import { load } from './support/load.ts'
import { signInPastors } from './support/pastors.ts'
import { startChurchHub } from './support/programs.ts'
import { type Spread, spreadOf } from './support/rounds.ts'
import type { Site } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'

export type StartFigures = Readonly<{
  /** From the start of the process to `/readyz`, on a migrated database. */
  readyMs: Spread
  /**
   * Resident memory in MiB: five seconds later, and the peak under the dashboard's load. Null if it isn't reported
   * here.
   */
  restMiB: number | null
  loadMiB: number | null
}>

/** Starts ChurchHub several times, and measures its memory at rest and under load. */
export async function benchStart(site: Site, church: Church, plan: Plan): Promise<StartFigures> {
  const readyMs: number[] = []
  for (let start = 0; start <= plan.rounds; start++) {
    await using churchHub = await startChurchHub(site, null)
    // The first start reads its files from disk.
    if (start > 0) readyMs.push(churchHub.readyMs)
  }
  const clients = await signInPastors(site, church)
  await using churchHub = await startChurchHub(site, null)
  await wait(5_000)
  const restMiB = memoryOf(churchHub.pid, 'VmRSS')
  const requests = clients.map(askChurchHub(churchHub, 'week'))
  await load({ requests, connections: 32, seconds: plan.secondsPerRound * plan.rounds, directory: site.directory })
  return { readyMs: spreadOf(readyMs), restMiB, loadMiB: memoryOf(churchHub.pid, 'VmHWM') }
}

/** The figures as a printable table. */
export function startTable({ readyMs, restMiB, loadMiB }: StartFigures): string {
  const mebibytes = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  return tableOf(
    ['start to ready, ms', 'memory at rest, MiB', 'most under load, MiB'],
    [[formatSpread(readyMs, 0), mebibytes(restMiB), mebibytes(loadMiB)]],
  )
}

/** A line of /proc/PID/status (proc_pid_status(5)) in MiB; null if it is missing. */
function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number | null {
  try {
    const [, kibibytes] =
      new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kibibytes === undefined ? null : Number(kibibytes) / 1_024
  } catch {
    return null
  }
}
