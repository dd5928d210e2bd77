import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Site } from './site.ts'

/** A server in its own process, on its own local port. */
export type Program = AsyncDisposable & Readonly<{ origin: string; pid: number; readyMs: number }>

const timeoutMs = 120_000

/** The database connections of every measured program. */
const poolSize = 10

/** The floor server: see floor-server.ts. */
export function startFloor({ url }: Site): Promise<Program> {
  return start([join(import.meta.dirname, '../peers/floor-server.ts')], '/', (port) => ({
    PORT: String(port),
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: String(poolSize),
  }))
}

/** PostGraphile, the peer: see peers/postgraphile-server.mjs. */
export function startPostGraphile({ url }: Site): Promise<Program> {
  const query = `/graphql?${new URLSearchParams({ query: '{ __typename }' })}`
  return start([join(import.meta.dirname, '../peers/postgraphile-server.mjs')], query, (port) => ({
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
    PORT: String(port),
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: String(poolSize),
  }))
}

/**
 * ChurchHub itself, as a church runs a node that serves requests.
 *
 * @param profileDirectory where it writes a CPU profile when it stops, or null
 * @param variables further environment variables
 */
export function startChurchHub(
  site: Site,
  profileDirectory: string | null,
  variables: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const profiling = profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`]
  return start([...profiling, join(import.meta.dirname, '../../src/main.ts')], '/readyz', (port) => ({
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CHURCHHUB_HOME: join(site.directory, 'churchhub'),
    DATABASE_URL: site.url,
    DATABASE_POOL_SIZE: String(poolSize),
    ENCRYPTION_KEY: site.encryptionKey.toString('hex'),
    CALCOM_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    ROLE: 'web',
    LOG_LEVEL: 'warn',
    SAMPLE_DATA: 'off',
    // Every operation is checked and charged, and nobody runs out of points.
    LIMIT_BUDGET_POINTS: '2000000000',
    LIMIT_BUDGET_REFILL: '100000',
    ...variables,
  }))
}

/** Stores a webhook's booking and does nothing else: see webhook-peer.ts. */
export function startWebhookPeer({ url }: Site): Promise<Program> {
  return start([join(import.meta.dirname, '../peers/webhook-peer.ts')], '/', (port) => ({
    PORT: String(port),
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: String(poolSize),
  }))
}

/** Broadcasts with plain `ws`: see fan-out-peer.ts. */
export function startFanOutPeer(): Promise<Program> {
  return start([join(import.meta.dirname, '../peers/fan-out-peer.ts')], '/', (port) => ({ PORT: String(port) }))
}

async function start(
  command: readonly string[],
  readyPath: string,
  environmentAt: (port: number) => Record<string, string>,
): Promise<Program> {
  const startedAt = performance.now()
  const port = await freePort()
  const { PATH = '' } = process.env
  // Without the parent's environment: neither a church's settings nor npm's variables may affect the measurement.
  const child = spawn(process.execPath, command, {
    env: { PATH, ...environmentAt(port) },
    // Their output isn't part of the figures.
    stdio: ['ignore', 2, 2],
  })
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  await once(child, 'spawn')
  const stop = async () => {
    await stopChild(child)
    process.off('exit', endWithUs)
  }
  const origin = `http://127.0.0.1:${port}`
  try {
    await untilReady(child, origin + readyPath)
    // `spawn` has been emitted, so there is a PID.
    return { origin, pid: child.pid ?? 0, readyMs: performance.now() - startedAt, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await wait(25)
  }
  throw new Error(`${child.spawnargs.join(' ')} did not become ready`)
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(killTimer)
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
