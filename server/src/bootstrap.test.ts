import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asSuperuser, createEmptyDatabase } from '../test/support/database.ts'
import { bootstrap } from './bootstrap.ts'
import { projectRoot, readEnv } from './platform/config/env.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { ConfigurationError } from './platform/errors.ts'
import { createLog } from './platform/logging/log.ts'

const log = createLog({ level: 'silent' })
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let directory: string

/** A database of an older release, with data keys but without later migrations. */
beforeAll(async () => {
  database = await createEmptyDatabase()
  directory = await mkdtemp(join(tmpdir(), 'churchhub-migrations-'))
  const migrations = join(projectRoot, 'prisma/migrations')
  const names = (await readdir(migrations)).toSorted()
  for (const name of [...names.slice(0, 2), 'migration_lock.toml']) {
    await cp(join(migrations, name), join(directory, name), { recursive: true })
  }
  await migrateDatabase({ url: database.url, directory })
})
afterAll(async () => {
  await database.drop()
  await rm(directory, { recursive: true, force: true })
})

const open = (keys: Readonly<Record<string, string>>) => {
  const env = readEnv({
    DATABASE_URL: database.url,
    CALCOM_WEBHOOK_SECRET: 'a secret of this test',
    CHURCHHUB_HOME: directory,
    ...keys,
  })
  return bootstrap({ env, log, url: database.url, directUrl: database.url, runsJobs: false })
}

/** Everything that a start could have changed: the schema, its migrations, and the key rows. */
function everything() {
  return asSuperuser(async (client) => {
    const { rows } = await client.query(`
      SELECT (SELECT json_agg(m ORDER BY id) FROM _prisma_migrations m) AS migrations,
        (SELECT json_agg(k ORDER BY id) FROM data_keys k) AS keys,
        (SELECT json_agg(nspname ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)') AS schemas,
        (SELECT json_agg(oid::regclass::text ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables`)
    return rows
  }, database.url)
}

// Fails if migrations run before the key check, and without the check.
test('a server with another key changes nothing: no row, no table, no migration', async () => {
  await asSuperuser(
    (client) =>
      client.query(
        `INSERT INTO data_keys (id, "wrappedKey", "wrappedBy") VALUES ('0123456789abcdef', 'v1.AAAA', 'of another')`,
      ),
    database.url,
  )
  const before = await everything()
  await expect(open({ ENCRYPTION_KEY: key(1) })).rejects.toThrow(/^ENCRYPTION_KEY is not the key/)
  await expect(open({ ENCRYPTION_KEY: key(1), ENCRYPTION_KEY_PREVIOUS: key(2) })).rejects.toThrow(/^Neither/)
  await expect(open({ ENCRYPTION_KEY: key(1), ENCRYPTION_KEY_PREVIOUS: key(1) })).rejects.toThrow(/same key/)
  expect(await everything()).toEqual(before)
  await asSuperuser((client) => client.query('DELETE FROM data_keys'), database.url)
})

test('with the right key the same database is migrated and opened, and a wrong one is refused from then on', async () => {
  const services = await open({ ENCRYPTION_KEY: key(1) })
  await services.close()
  const before = await everything()
  await expect(open({ ENCRYPTION_KEY: key(2) })).rejects.toThrow(ConfigurationError)
  expect(await everything()).toEqual(before)
})
