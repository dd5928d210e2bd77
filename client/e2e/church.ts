import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { SimulatedWebhook } from '../../server/src/commands/simulate/payloads.ts'

const projectRoot = join(import.meta.dirname, '../..')
const webhookSecret = 'a webhook secret that only tests have'
const password = 'a password that only tests have'

/** A user with an account. */
export type Person = Readonly<{ email: string; password: string; name: string; username: string; calUserId: number }>

/** A real server with its own embedded PostgreSQL, as run by `npm start`, that tests may stop, kill and start. */
export type Church = Readonly<{
  url: string
  addPerson: (role: 'pastor' | 'admin', name: string, calUserId: number) => Promise<Person>
  /** Sends a signed webhook like Cal.com. Throws unless it is acknowledged. */
  deliver: (webhook: SimulatedWebhook) => Promise<void>
  /** Runs SQL as the owner of the database. */
  sql: (statement: string) => Promise<void>
  start: () => Promise<void>
  stop: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  close: () => Promise<void>
}>

declare module 'vitest' {
  interface ProvidedContext {
    /** The home of a server that was started once and has stopped: its empty database and its secrets. */
    emptyHome: string
  }
}

/** Starts a server without users. `variables` are added to its environment. */
export async function startChurch(variables: Readonly<Record<string, string>> = {}): Promise<Church> {
  const home = await makeHome()
  // Node's own copy doesn't keep owners: PostgreSQL's files belong to its account.
  await promisify(execFile)('cp', ['-a', `${inject('emptyHome')}/.`, home])
  return startServer(home, variables)
}

/** Starts a server once in a new home, and stops it. Returns the home. */
export async function createEmptyHome(): Promise<string> {
  const home = await makeHome()
  const server = await startServer(home, {})
  await server.stop('SIGTERM')
  return home
}

const makeHome = () => mkdtemp(join(tmpdir(), 'churchhub-e2e-'))

async function startServer(home: string, variables: Readonly<Record<string, string>>): Promise<Church> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    PORT: String(port),
    PUBLIC_URL: url,
    CHURCHHUB_HOME: home,
    CALCOM_WEBHOOK_SECRET: webhookSecret,
    SAMPLE_DATA: 'off',
    LOG_LEVEL: 'warn',
    ...variables,
  }
  let server: ChildProcess | null = null
  let output = ''

  const start = async () => {
    const started = spawn(process.execPath, ['server/src/main.ts'], {
      cwd: projectRoot,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    server = started
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)))
    for (let tries = 0; tries < 600; tries++) {
      if (started.exitCode !== null) throw new Error(`The server ended with ${started.exitCode}:\n${output}`)
      const ready = await fetch(`${url}/readyz`).catch(() => null)
      if (ready?.ok) return
      await sleep(200)
    }
    throw new Error(`The server is not ready after two minutes:\n${output}`)
  }

  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }

  const addPerson = async (role: 'pastor' | 'admin', name: string, calUserId: number): Promise<Person> => {
    const username = name.toLowerCase().replaceAll(' ', '-')
    const person = { email: `${username}@church.example`, password, name, username, calUserId }
    const flags = [
      '--email',
      person.email,
      '--name',
      name,
      '--church',
      'Test Church',
      '--role',
      role,
      '--password-stdin',
    ]
    const cal = role === 'pastor' ? ['--cal-username', username, '--cal-user-id', String(calUserId)] : []
    const command = spawn(process.execPath, ['server/src/commands/users-create.ts', ...flags, ...cal], {
      cwd: projectRoot,
      env,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    command.stdin.end(`${password}\n`)
    const [code] = await once(command, 'exit')
    if (code !== 0) throw new Error(`users:create ended with ${code}`)
    return person
  }

  const deliver = async (webhook: SimulatedWebhook) => {
    const body = JSON.stringify(webhook)
    const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signature }
    const answer = await fetch(`${url}/webhooks/calcom`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`The webhook was refused: ${answer.status} ${await answer.text()}`)
  }

  const sql = async (statement: string) => {
    // The server's driver, because the client package doesn't depend on one.
    const { Client } = createRequire(join(projectRoot, 'server/package.json'))('pg') as typeof import('pg')
    const [secret, postmaster] = await Promise.all(
      [join(home, 'postgres-password'), join(home, 'postgres/postmaster.pid')].map((path) => readFile(path, 'utf8')),
    )
    const connectionString = `postgresql://churchhub:${secret?.trim()}@127.0.0.1:${postmaster?.split('\n')[3]}/churchhub`
    const database = new Client({ connectionString })
    await database.connect()
    await database.query(statement).finally(() => database.end())
  }

  const close = async () => {
    await stop('SIGTERM')
    await rm(home, { recursive: true, force: true })
  }

  await start()
  return { url, addPerson, deliver, sql, start, stop, close }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
