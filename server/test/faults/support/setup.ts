import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { openJobQueue } from '../../../src/jobs.ts'
import { startEmbeddedPostgres } from '../../../src/platform/database/embedded/embedded.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { newId } from '../../../src/platform/ids.ts'
import { createLog } from '../../../src/platform/logging/log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The home of a stopped PostgreSQL with two migrated databases: `churchhub`, and `migrated` to clone. */
    migratedHome: string
  }
}

const silent = { info: () => undefined, warn: () => undefined, error: console.error }

let home: string | undefined

/** Initializes and migrates a PostgreSQL once. Each test that breaks one starts from a copy. */
export async function setup(project: TestProject): Promise<void> {
  home = await mkdtemp(join(tmpdir(), 'churchhub-faults-template-'))
  const postgres = await startEmbeddedPostgres({
    home,
    log: silent,
    settings: { fsync: 'off' },
    initdbFlags: ['--no-sync'],
  })
  await migrateDatabase({ url: postgres.url })
  const queue = await openJobQueue({ url: postgres.url, log: createLog({ level: 'silent' }), runsJobs: true, newId })
  await queue.stop()
  const superuser = new Client({ connectionString: postgres.superuserUrl })
  await superuser.connect()
  await superuser.query('CREATE DATABASE migrated TEMPLATE churchhub OWNER churchhub').finally(() => superuser.end())
  await postgres.stop()
  project.provide('migratedHome', home)
}

export async function teardown(): Promise<void> {
  if (home !== undefined) await rm(home, { recursive: true, force: true })
}
