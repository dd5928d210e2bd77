import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'pg'

/** CPU time used so far, in microseconds; null if this machine doesn't report it. */
export type CpuMeter = () => number | null

/** The CPU time of one process. */
export function meterProcess(pid: number): CpuMeter {
  return () => {
    const found = statOf(pid)
    return found === null ? null : found.ownMicroseconds
  }
}

/** The CPU time of the PostgreSQL server behind a URL with all its backends, if it runs on this machine (Linux). */
export async function meterPostgres(url: string): Promise<CpuMeter> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const backend = statOf(rows[0]?.pid ?? 0)
  await client.end()
  // On another machine or in another container, the PID may belong to a different process here.
  if (backend?.name !== 'postgres') return () => null
  const postmaster = backend.parent
  return () => {
    const ended = statOf(postmaster)
    if (ended === null) return null
    const children = pids()
      .flatMap((pid) => statOf(pid) ?? [])
      .filter(({ parent }) => parent === postmaster)
    return children.reduce(
      (sum, { ownMicroseconds }) => sum + ownMicroseconds,
      ended.ownMicroseconds + ended.endedMicroseconds,
    )
  }
}

type ProcessStat = Readonly<{ name: string; parent: number; ownMicroseconds: number; endedMicroseconds: number }>

/** One line of /proc/PID/stat (proc_pid_stat(5)), or null if it is missing. */
function statOf(pid: number): ProcessStat | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in parentheses and may contain any character, including parentheses.
    const name = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'))
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const ticks = (index: number) => Number(fields[index]) * microsecondsPerTick()
    return {
      name,
      parent: Number(fields[1]),
      ownMicroseconds: ticks(11) + ticks(12),
      endedMicroseconds: ticks(13) + ticks(14),
    }
  } catch {
    return null
  }
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
}

let tick: number | undefined

function microsecondsPerTick(): number {
  tick ??= 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  return tick
}
