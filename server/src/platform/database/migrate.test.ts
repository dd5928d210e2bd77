import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readCatalog } from '../../../test/schema/catalog.ts'
import { createEmptyDatabase } from '../../../test/support/database.ts'
import { migrateDatabase } from './migrate.ts'

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
let directory: string
let client: Client
beforeEach(async () => {
  empty = await createEmptyDatabase()
  directory = await mkdtemp(join(tmpdir(), 'churchhub-migrations-'))
  await writeFile(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n')
  client = new Client({ connectionString: empty.url })
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await empty.drop()
  await rm(directory, { recursive: true })
})

async function writeMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true })
  await writeFile(join(directory, name, 'migration.sql'), sql)
}

const ownDirectory = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))
const ownMigrations = async () => (await readdir(ownDirectory)).filter((name) => /^\d/.test(name)).toSorted()

const migrate = () => migrateDatabase({ url: empty.url, directory })

async function history(): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(`
    SELECT migration_name || CASE WHEN finished_at IS NOT NULL THEN ' applied' WHEN rolled_back_at IS NOT NULL THEN ' rolled back' ELSE ' failed' END AS line
    FROM _prisma_migrations ORDER BY started_at`)
  return rows.map(({ line }) => line)
}

/** Sessions in the middle of a migration that sleeps. */
const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`

const tableExists = async (name: string) =>
  (await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [name])).rows[0]?.found

test('ChurchHub’s own migrations apply once; a second run changes nothing', async () => {
  const own = { url: empty.url }
  const { applied } = await migrateDatabase(own)
  expect(applied).toEqual(await ownMigrations())
  const before = [await readCatalog(empty.url), (await client.query('SELECT * FROM _prisma_migrations')).rows]
  expect(await migrateDatabase(own)).toEqual({ applied: [] })
  expect([await readCatalog(empty.url), (await client.query('SELECT * FROM _prisma_migrations')).rows]).toEqual(before)
})

test('a later migration is applied alone', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int)')
  expect(await migrate()).toEqual({ applied: ['1_one'] })
  await writeMigration('2_two', 'CREATE TABLE two (a int)')
  expect(await migrate()).toEqual({ applied: ['2_two'] })
})

test('semicolons in a function body are preserved', async () => {
  await writeMigration(
    '1_one',
    `CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$; CREATE TABLE t (a text DEFAULT ';')`,
  )
  await migrate()
  expect((await client.query('SELECT f()')).rows).toEqual([{ f: 2 }])
})

test('a failed migration leaves nothing behind, is reported with its location, and is applied once corrected', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int)')
  await writeMigration('2_two', `CREATE TABLE two (a int);\nINSERT INTO two VALUES (1);\nINSERT INTO two VALUES ('x');`)
  await writeMigration('3_three', 'CREATE TABLE three (a int)')
  await expect(migrate()).rejects.toThrow(
    'The migration 2_two failed and was rolled back: invalid input syntax for type integer: "x" (22P02, line 3). Fix the cause and start again; the migration will be applied again.',
  )
  expect(await history()).toEqual(['1_one applied', '2_two failed'])
  expect([await tableExists('one'), await tableExists('two'), await tableExists('three')]).toEqual([true, false, false])

  await expect(migrate()).rejects.toThrow('The migration 2_two failed')
  await writeMigration('2_two', 'CREATE TABLE two (a int)')
  expect(await migrate()).toEqual({ applied: ['2_two', '3_three'] })
  expect(await history()).toEqual([
    '1_one applied',
    '2_two rolled back',
    '2_two rolled back',
    '2_two applied',
    '3_three applied',
  ])
})

test('a migration killed halfway leaves nothing behind and is applied by the next run', async () => {
  await writeMigration('1_slow', 'CREATE TABLE slow (a int); SELECT pg_sleep(30);')
  const module = fileURLToPath(new URL('./migrate.ts', import.meta.url))
  const code = `import { migrateDatabase } from ${JSON.stringify(module)}
    await migrateDatabase({ url: process.env.DATABASE_URL, directory: process.env.DIRECTORY })`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    env: { ...process.env, DATABASE_URL: empty.url, DIRECTORY: directory },
    stdio: 'ignore',
  })
  await until(async () => (await client.query(sleeping)).rowCount === 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await history()).toEqual(['1_slow failed'])
  expect(await tableExists('slow')).toBe(false)

  await writeMigration('1_slow', 'CREATE TABLE slow (a int)')
  const warnings: unknown[] = []
  const log = { info: () => undefined, warn: (fields: unknown) => warnings.push(fields) }
  expect(await migrateDatabase({ url: empty.url, directory, log: log as never })).toEqual({ applied: ['1_slow'] })
  expect(warnings).toEqual([{ migration: '1_slow' }])
})

test('a migration killed between its commit and its record is not applied twice', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int)')
  await migrate()
  // The state such a process leaves: the migration's own transaction is written, what follows it isn't.
  await client.query('UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = 0')
  await writeMigration('2_two', 'CREATE TABLE two (a int)')
  expect(await migrate()).toEqual({ applied: ['2_two'] })
  expect(await history()).toEqual(['1_one rolled back', '1_one applied', '2_two applied'])
})

test('four nodes that start together apply each migration once', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int); SELECT pg_sleep(0.3)')
  await writeMigration('2_two', 'CREATE TABLE two (a int); SELECT pg_sleep(0.3)')
  const results = await Promise.all([migrate(), migrate(), migrate(), migrate()])
  expect(results.flatMap(({ applied }) => applied).toSorted()).toEqual(['1_one', '2_two'])
  expect(await history()).toEqual(['1_one applied', '2_two applied'])
})

test('a node that starts during a migration waits, and does not take it for a failed one', async () => {
  await writeMigration('1_slow', 'CREATE TABLE slow (a int); SELECT pg_sleep(1)')
  const first = migrate()
  await until(async () => (await client.query(sleeping)).rowCount === 1)
  expect(await migrate()).toEqual({ applied: [] })
  expect(await first).toEqual({ applied: ['1_slow'] })
  expect(await history()).toEqual(['1_slow applied'])
})

test('a migration edited after it was applied is refused', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int)')
  await migrate()
  await writeMigration('1_one', 'CREATE TABLE one (a bigint)')
  await expect(migrate()).rejects.toThrow('The migration 1_one was changed after this database applied it.')
})

test('a database migrated by a newer version is left alone', async () => {
  await writeMigration('1_one', 'CREATE TABLE one (a int)')
  await writeMigration('2_two', 'CREATE TABLE two (a int)')
  await migrate()
  await rm(join(directory, '2_two'), { recursive: true })
  await expect(migrate()).rejects.toThrow(
    "This database has applied 2_two, which this version of ChurchHub doesn't know.",
  )
})

test('the migrations match those of Prisma’s own command line by checksum', async () => {
  await cp(ownDirectory, directory, { recursive: true })
  await migrate()
  const { rows } = await client.query<{ checksum: string; steps: number }>(
    'SELECT checksum, applied_steps_count AS steps FROM _prisma_migrations',
  )
  expect(rows).toHaveLength((await ownMigrations()).length)
  for (const row of rows) expect(row).toEqual({ checksum: expect.stringMatching(/^[0-9a-f]{64}$/), steps: 1 })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await wait(50)) if (await condition()) return
  throw new Error('timed out')
}
