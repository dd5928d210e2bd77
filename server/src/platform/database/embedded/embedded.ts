import type { ChildProcess } from 'node:child_process'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import type { Log } from '../../logging/log.ts'
import { canConnect } from './can-connect.ts'
import { lockDataDirectory } from './lock-data-directory.ts'
import { choosePostgresAccount } from './postgres-account.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { type Cluster, prepareCluster, superuser } from './postgres-cluster.ts'
import {
  type PostgresSettings,
  startPostgres,
  stopPostgres,
  stopPredecessor,
  trimPostgresLog,
} from './postgres-process.ts'

/** The embedded server's only database, and its owner, which is not a superuser. */
const databaseName = 'churchhub'

export type EmbeddedPostgres = Readonly<{
  /** ChurchHub's database, as its owner. */
  url: string
  /** The maintenance database, as the superuser. */
  superuserUrl: string
  /** Stops PostgreSQL cleanly and releases the home. */
  stop(): Promise<void>
}>

export type EmbeddedPostgresOptions = Readonly<{
  /** The directory of the data (`postgres/`), the password and the log. Created if missing. */
  home: string
  log: Pick<Log, 'info' | 'warn' | 'error'>
  /** Additional postgresql.conf settings; tests trade durability for speed. */
  settings?: PostgresSettings
  initdbFlags?: readonly string[]
}>

/**
 * Runs a real PostgreSQL on 127.0.0.1 with its data under the home, and restarts it on the same port when it dies.
 * Works as root and as any user; recovers from an interrupted first start and from a kill -9 of the server, of
 * PostgreSQL, or of both.
 *
 * @throws ConfigurationError in one line when the home is in use, damaged, or PostgreSQL doesn't start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.home, { recursive: true, mode: 0o700 })
  const home = await realpath(options.home)
  const lock = await lockDataDirectory(home)
  try {
    const cluster = await describeCluster(home, options)
    await stopPredecessor(cluster)
    const { password } = await prepareCluster(cluster, options.initdbFlags ?? [])
    await trimPostgresLog(cluster)
    const server = await superviseServer(cluster, options.settings ?? {}, password)
    const urlOf = (user: string, name: string) => `postgresql://${user}:${password}@127.0.0.1:${server.port}/${name}`
    const superuserUrl = urlOf(superuser, 'postgres')
    try {
      await createDatabaseAndUser(superuserUrl, password)
    } catch (error) {
      await server.stop()
      throw error
    }
    return {
      url: urlOf(databaseName, databaseName),
      superuserUrl,
      async stop() {
        await server.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function describeCluster(home: string, { log }: EmbeddedPostgresOptions): Promise<Cluster> {
  const dataDir = join(home, 'postgres')
  const binaries = await findPostgresBinaries()
  const account = await choosePostgresAccount({ home, dataDir, program: binaries.postgres })
  return { home, dataDir, binaries, account, log }
}

async function superviseServer(
  cluster: Cluster,
  settings: PostgresSettings,
  password: string,
): Promise<{ port: number; stop(): Promise<void> }> {
  const isReady = (port: number) => canConnect(`postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`)
  const start = (port: number | null) => startPostgres(cluster, { settings, port, isReady })
  const first = await start(null)
  let child: ChildProcess = first.child
  let isStopping = false
  let restarting = Promise.resolve()

  // Fallback for a process that exits without stop(), for example on an uncaught error. SIGINT is PostgreSQL's fast
  // shutdown.
  const stopOnExit = () => child.kill('SIGINT')
  process.once('exit', stopOnExit)

  const watch = () => {
    child.once('exit', (code, signal) => {
      if (isStopping) return
      cluster.log.error({ code, signal }, 'the embedded database exited unexpectedly; restarting it')
      restarting = restart()
    })
  }
  const restart = async () => {
    for (let delayMs = 100; !isStopping; delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        child = (await start(first.port)).child
        watch()
        return
      } catch (error) {
        cluster.log.error({ err: error }, 'failed to restart the embedded database; retrying')
        await wait(delayMs)
      }
    }
  }
  watch()

  return {
    port: first.port,
    async stop() {
      isStopping = true
      await restarting
      await stopPostgres(cluster, child)
      process.off('exit', stopOnExit)
    },
  }
}

/** Creates the user and the database if missing; an interrupted first start may have created only one of them. */
async function createDatabaseAndUser(superuserUrl: string, password: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl })
  await client.connect()
  try {
    const user = escapeIdentifier(databaseName)
    const { rowCount: users } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [databaseName])
    if (users === 0) await client.query(`CREATE ROLE ${user}`)
    await client.query(`ALTER ROLE ${user} LOGIN PASSWORD ${escapeLiteral(password)}`)
    const { rowCount: databases } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName])
    if (databases === 0) await client.query(`CREATE DATABASE ${user} OWNER ${user}`)
  } finally {
    await client.end()
  }
}
