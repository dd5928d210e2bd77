import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ConfigurationError } from '../../errors.ts'
import type { Cluster } from './postgres-cluster.ts'
import { commandOf, isAlive } from './process-table.ts'

const run = promisify(execFile)

export type PostgresSettings = Readonly<Record<string, string | number>>

/** Settings of every embedded server. */
const fixedSettings: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The log must not contain what people typed: no failed statements, and no DETAIL, which quotes the failing row.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

/**
 * Starts PostgreSQL and returns once the given check passes.
 *
 * @throws ConfigurationError with PostgreSQL's own reason when it doesn't start
 */
export async function startPostgres(
  cluster: Cluster,
  options: { settings: PostgresSettings; port: number | null; isReady: (port: number) => Promise<boolean> },
): Promise<{ child: ChildProcess; port: number }> {
  const deadline = Date.now() + 300_000
  for (;;) {
    const port = options.port ?? (await freePort())
    const logged = await logSize(cluster)
    const child = await spawnPostgres(cluster, { ...options.settings, ...fixedSettings, port })
    const exited = once(child, 'exit')
    while (child.exitCode === null && child.signalCode === null) {
      if (await options.isReady(port)) return { child, port }
      if (Date.now() > deadline) {
        await stopPostgres(cluster, child)
        throw new ConfigurationError(
          `The embedded database did not start within five minutes; its log is ${logPath(cluster)}.`,
        )
      }
      await Promise.race([exited, wait(50)])
    }
    const reason = await reasonSince(cluster, logged)
    // Another process took the port meanwhile, or children of a killed server are still exiting.
    const isTransient = /address already in use|could not bind|shared memory block|is another postmaster/i.test(reason)
    if (!isTransient || Date.now() > deadline - 270_000) {
      throw new ConfigurationError(`The embedded database did not start: ${reason}. Its log is ${logPath(cluster)}.`)
    }
    await wait(250)
  }
}

async function spawnPostgres(cluster: Cluster, settings: PostgresSettings): Promise<ChildProcess> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { file, args, ...options } = cluster.account.command(cluster.binaries.postgres, [
    '-D',
    cluster.dataDir,
    ...flags,
  ])
  // A file, not a pipe: it outlives a killed server.
  await using log = await open(logPath(cluster), 'a', 0o600)
  const child = spawn(file, args, {
    ...options,
    cwd: cluster.home,
    stdio: ['ignore', log.fd, log.fd],
    // A separate session: Ctrl-C in the terminal reaches only the server, which stops PostgreSQL last.
    detached: true,
  })
  await once(child, 'spawn')
  return child
}

const maxLogBytes = 10_000_000

/** Truncates a large log. Safe while PostgreSQL is stopped, because it appends. */
export async function trimPostgresLog(cluster: Cluster): Promise<void> {
  if ((await logSize(cluster)) > maxLogBytes) await truncate(logPath(cluster), 0)
}

/** Fast shutdown: terminates sessions, keeps commits, and the next start needs no recovery. */
export async function stopPostgres(cluster: Cluster, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  if (process.platform === 'win32') await stopByControl(cluster).catch(() => undefined)
  else child.kill('SIGINT')
  const timeoutMs = new AbortController()
  const hasExited = await Promise.race([exited.then(() => true), wait(60_000, false, { signal: timeoutMs.signal })])
  timeoutMs.abort()
  if (hasExited) return
  cluster.log.warn(
    {},
    'the embedded database did not stop within a minute; stopping it immediately (it recovers at the next start)',
  )
  child.kill('SIGQUIT')
  await exited
}

async function stopByControl({ binaries, account, dataDir, home }: Cluster): Promise<void> {
  const { file, args, ...options } = account.command(binaries.pgCtl, [
    'stop',
    '-D',
    dataDir,
    '-m',
    'fast',
    '-w',
    '-t',
    '60',
  ])
  await run(file, args, { ...options, cwd: home })
}

/** Above every valid process ID (Linux stops at 4,194,304). */
const invalidPid = 2_000_000_000

/**
 * Cleans up after a killed server: stops its PostgreSQL if it still runs, and invalidates the recorded process ID,
 * which may belong to another program by now. Requires the home's lock.
 *
 * @throws ConfigurationError when it still runs and can't be stopped
 */
export async function stopPredecessor(cluster: Cluster): Promise<void> {
  const path = join(cluster.dataDir, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  if (!Number.isInteger(pid)) return

  if ((await isAlive(pid)) && (await commandOf(pid)).includes(cluster.dataDir)) {
    cluster.log.warn({ pid }, 'the database of a killed server is still running; stopping it first')
    process.kill(pid, 'SIGINT')
    if (!(await exitsWithin(60_000, pid))) {
      throw new ConfigurationError(
        `PostgreSQL (process ${pid}) is still running on ${cluster.dataDir} and could not be stopped. Stop it and start again.`,
      )
    }
  }
  const left = await readFile(path, 'utf8').catch(() => null)
  // Replace only the process ID: PostgreSQL uses the shared memory key below it to detect surviving children.
  if (left !== null) await writeFile(path, left.replace(/^-?\d+/, String(invalidPid)))
}

async function exitsWithin(timeMs: number, pid: number): Promise<boolean> {
  for (const end = Date.now() + timeMs; Date.now() < end; await wait(50)) if (!(await isAlive(pid))) return true
  return false
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}

function logPath({ home }: Cluster): string {
  return join(home, 'postgres.log')
}

async function logSize(cluster: Cluster): Promise<number> {
  return (await stat(logPath(cluster)).catch(() => null))?.size ?? 0
}

/** The first FATAL line since the log had that size. */
async function reasonSince(cluster: Cluster, size: number): Promise<string> {
  const text = (await readFile(logPath(cluster)).catch(() => Buffer.alloc(0))).subarray(size).toString('utf8')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const fatal = lines.find((line) => /(FATAL|PANIC):/.test(line)) ?? lines.at(-1)
  const earlier = lines.find((line) => /could not bind|already in use/i.test(line))
  return (earlier ?? fatal ?? 'it said nothing').replace(/^.*?(FATAL|PANIC|LOG|HINT):\s*/, '').replace(/\.$/, '')
}
