import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { openJobQueue } from '../../src/jobs.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/logging/log.ts'

export type TestPostgres = Readonly<{
  /** A migrated database that nobody connects to; each test file clones it. Given as its owner's URL. */
  templateUrl: string
  /** The maintenance database, as the superuser. */
  superuserUrl: string
}>

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: console.error }

let home: string | undefined
let postgres: EmbeddedPostgres | undefined

/** Vitest's global setup: one PostgreSQL for the run, in a temporary directory, with a migrated template database. */
export async function setup(project: TestProject): Promise<void> {
  home = await mkdtemp(join(tmpdir(), 'churchhub-test-'))
  postgres = await startEmbeddedPostgres({
    home,
    log: silent,
    // A crash may lose this data: it lives for one run.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 300 },
    initdbFlags: ['--no-sync'],
  })
  await migrateDatabase({ url: postgres.url })
  await createQueueSchema(postgres.url)
  await closeTemplate(postgres)
  project.provide('postgres', { templateUrl: postgres.url, superuserUrl: postgres.superuserUrl })
}

export async function teardown(): Promise<void> {
  await postgres?.stop()
  if (home !== undefined) await rm(home, { recursive: true, force: true })
}

/** As the first start of a server does; each test database would otherwise create it again. */
async function createQueueSchema(url: string): Promise<void> {
  const queue = await openJobQueue({ url, log: createLog({ level: 'silent' }), runsJobs: true, newId })
  await queue.stop()
}

/** PostgreSQL clones a database only while nobody is connected to it. */
async function closeTemplate({ url, superuserUrl }: EmbeddedPostgres): Promise<void> {
  const superuser = new Client({ connectionString: superuserUrl })
  await superuser.connect()
  await superuser.query(
    `ALTER DATABASE ${superuser.escapeIdentifier(new URL(url).pathname.slice(1))} ALLOW_CONNECTIONS false`,
  )
  await superuser.end()
}
