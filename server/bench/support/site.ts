import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'

/** Where one run of the benchmarks takes place. Closing it leaves nothing behind. */
export type Site = AsyncDisposable &
  Readonly<{
    /** A migrated database, there for this run only. */
    url: string
    /** The master key of what is sealed in it. */
    encryptionKey: Buffer
    /** A temporary directory for whatever a measurement puts on disk. */
    directory: string
    /** Writes out what the filling left dirty, so that its checkpoint falls into no measurement. */
    settle(): Promise<void>
  }>

type Database = AsyncDisposable & Pick<Site, 'url' | 'settle'>

/**
 * Makes a site. Its database is one of its own: on the server of BENCH_DATABASE_URL, whose user must be allowed to make
 * databases, or on an embedded PostgreSQL. Both with that server's settings as they are: a commit is a commit.
 */
export async function openSite(): Promise<Site> {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'churchhub-bench-'))
  opening.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const given = process.env.BENCH_DATABASE_URL
  const database = opening.use(given ? await makeDatabaseAt(given) : await startOwnServer(directory))
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
    // Whether we may ask for a checkpoint on somebody's server is theirs to say; the rounds' spread will show.
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
