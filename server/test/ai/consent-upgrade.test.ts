import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { expect, it } from 'vitest'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

const migrations = resolve(import.meta.dirname, '../../../prisma/migrations')

it('an upgrade ends consents, turns on the church’s masking, and requires a new password check', async () => {
  const older = await mkdtemp(join(tmpdir(), 'churchhub-migrations-'))
  const { url, drop } = await createEmptyDatabase()
  const client = new Client({ connectionString: url })
  try {
    const isOlder = (source: string) => !/\/20261130\d+_[^/]+$/.test(source)
    await cp(migrations, older, { recursive: true, filter: isOlder })
    await migrateDatabase({ url, directory: older })
    await client.connect()
    const ids = { pastor: crypto.randomUUID(), church: crypto.randomUUID(), own: crypto.randomUUID() }
    await client.query(`
      INSERT INTO users (id, email, name, "churchName", "calUserId", "schedulingUsername", "schedulingLink", role)
      VALUES ('${ids.pastor}', 'p@church.example', 'P', 'C', '1', 'p', 'https://cal.example/p', 'pastor');
      INSERT INTO sessions (id, "userId", "expiresAt") VALUES (repeat('a', 64), '${ids.pastor}', now() + interval '1 day');
      INSERT INTO ai_configurations (id, "userId", provider, model, "promptTemplate", "piiDetection")
      VALUES ('${ids.church}', NULL, 'openai', 'm', '{{people}} {{form}}', false),
             ('${ids.own}', '${ids.pastor}', 'openai', 'm', '{{form}}', false);
      INSERT INTO ai_consents ("configurationId", "userId")
      VALUES ('${ids.church}', '${ids.pastor}'), ('${ids.own}', '${ids.pastor}')`)
    await migrateDatabase({ url })
    const { rows: consents } = await client.query('SELECT * FROM ai_consents')
    expect(consents).toEqual([])
    const { rows } = await client.query(
      'SELECT id, "piiDetection" FROM ai_configurations ORDER BY "userId" NULLS FIRST',
    )
    expect(rows).toEqual([
      { id: ids.church, piiDetection: true },
      { id: ids.own, piiDetection: false },
    ])
    const { rows: sessions } = await client.query('SELECT "passwordCheckedAt" FROM sessions')
    expect(sessions).toEqual([{ passwordCheckedAt: null }])
  } finally {
    await client.end()
    await drop()
    await rm(older, { recursive: true })
  }
})
