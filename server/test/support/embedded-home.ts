import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'

export const holderPath = fileURLToPath(new URL('./embedded-holder.ts', import.meta.url))

/** A server process, its first line of output, and the lines that follow. */
type Holder = Readonly<{ child: ChildProcess; message: string; next(): Promise<string> }>

/** A home for the embedded PostgreSQL that one test may break, with everything the test starts in it. */
export type EmbeddedHome = AsyncDisposable &
  Readonly<{
    /** A directory that contains only the home. */
    parent: string
    home: string
    /** Log messages of the servers started in this process. */
    log: readonly string[]
    start(): Promise<EmbeddedPostgres>
    stop(postgres: EmbeddedPostgres): Promise<void>
    /** Starts a server as a separate process, in its own process group. */
    hold(behaviour?: 'stay' | 'crash'): Promise<Holder>
    /** Starts any program. It is killed at the end of the test. */
    run(program: string, args: readonly string[], options?: SpawnOptions): ChildProcess
    postmasterPid(): Promise<number>
  }>

/** @param existing - an existing home to copy, because initdb takes longer than the rest of a test */
export async function createEmbeddedHome(existing?: string): Promise<EmbeddedHome> {
  const parent = await mkdtemp(join(tmpdir(), 'churchhub-embedded-'))
  // mkdtemp creates directories that only their owner can enter, which only one test is about.
  await chmod(parent, 0o755)
  const home = join(parent, 'home')
  if (existing !== undefined) await promisify(execFile)('cp', ['-a', existing, home])

  const log: string[] = []
  const note = (_: unknown, message?: string) => void log.push(message ?? '')
  const started = new Set<EmbeddedPostgres>()
  const children: ChildProcess[] = []
  const run = (program: string, args: readonly string[], options: SpawnOptions = { stdio: 'ignore' }) => {
    const child = spawn(program, args, options)
    children.push(child)
    return child
  }
  const start = async () => {
    const postgres = await startEmbeddedPostgres({ home, log: { info: note, warn: note, error: note } })
    started.add(postgres)
    return postgres
  }

  return {
    parent,
    home,
    log,
    run,
    start,
    async stop(postgres) {
      started.delete(postgres)
      await postgres.stop()
    },
    async hold(behaviour = 'stay') {
      const child = run(process.execPath, [holderPath, home, behaviour], {
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const next = linesOf(child)
      return { child, message: await next(), next }
    },
    async postmasterPid() {
      return Number.parseInt(await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8'), 10)
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      // A start on the home stops what a killed server left running.
      if (children.length > 0 && started.size === 0) await start().catch(() => undefined)
      for (const postgres of started) await postgres.stop()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** Returns the lines that a process writes, one per call. */
export function linesOf(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => String((await lines.next()).value)
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

export async function queryAt(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(20)) if (await condition()) return
  throw new Error('timed out')
}
