import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'

/** The environment of one benchmark run. Closing it leaves nothing behind. */
export type Site = AsyncDisposable &
  Readonly<{
    /** A migrated database for this run only. */
    url: string
    /** The master key of its encrypted values. */
    encryptionKey: Buffer
    /** A temporary directory for files of a measurement. */
    directory: string
    /** Runs a checkpoint after filling, so that none falls into a measurement. */
    settle(): Promise<void>
  }>

type Database = AsyncDisposable & Pick<Site, 'url' | 'settle'>

/**
 * Creates a site with its own database: on the server of BENCH_DATABASE_URL, whose user must be allowed to create
 * databases, or on an embedded PostgreSQL. Both keep their server's settings, so commits are durable.
 */
export async function openSite(): Promise<Site> {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'churchhub-bench-'))
  opening.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const url = process.env.BENCH_DATABASE_URL
  const database = opening.use(url ? await makeDatabaseAt(url) : await startOwnServer(directory))
  await migrateDatabase({ url: database.url })
  const open = opening.move()
  return {
    url: database.url,
    settle: database.settle,
    encryptionKey: randomBytes(32),
    directory,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function startOwnServer(home: string): Promise<Database> {
  const log = { info: () => undefined, warn: console.warn, error: console.error }
  const { url, superuserUrl, stop } = await startEmbeddedPostgres({ home, log })
  return { url, settle: () => runAt(superuserUrl, 'CHECKPOINT'), [Symbol.asyncDispose]: stop }
}

async function makeDatabaseAt(serverUrl: string): Promise<Database> {
  const name = `churchhub_bench_${randomBytes(6).toString('hex')}`
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await runAt(serverUrl, `CREATE DATABASE ${name}`)
  return {
    url: url.href,
    // The user may lack the privilege for a checkpoint on a shared server; the spread of the rounds then shows it.
    settle: () => runAt(url.href, 'CHECKPOINT').catch(() => undefined),
    [Symbol.asyncDispose]: () => runAt(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

async function runAt(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
