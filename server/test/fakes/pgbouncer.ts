import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './free-port.ts'

/** Debian's PgBouncer, 1.18 in Debian 12: without prepared statements in transaction mode. Null if not installed. */
const version = /\d+\.\d+/.exec(spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0] ?? null

export const isPgBouncerMissing = version === null

export type PgBouncer = AsyncDisposable & Readonly<{ url: string }>

/** A PgBouncer in front of the database of a URL. */
export async function startPgBouncer(databaseUrl: string, mode: 'transaction' | 'session'): Promise<PgBouncer> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl)
  const directory = await mkdtemp(join(tmpdir(), 'churchhub-pgbouncer-'))
  const ownPort = await freePort()
  const name = pathname.slice(1)
  const path = join(directory, 'pgbouncer.ini')
  await writeFile(
    path,
    `[databases]
${name} = host=${hostname} port=${port} dbname=${name} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 12
`,
  )
  await chmod(directory, 0o755)
  // It refuses to run as root.
  const flags = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', [...flags, path], { stdio: 'ignore' })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${ownPort}`
  await accepts(url.href, child)
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await rm(directory, { recursive: true })
    },
  }
}

async function accepts(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    const isOpen = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => undefined)
    if (isOpen) return
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}`)
    await wait(50)
  }
  throw new Error('pgbouncer accepts no connections')
}
