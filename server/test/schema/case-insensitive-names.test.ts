import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

const migrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
/** From this migration on, names and addresses are unique regardless of case. */
const inOneCase = '20250127000550_gaps'

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
let earlier: string
let client: Client
beforeEach(async () => {
  empty = await createEmptyDatabase()
  earlier = await mkdtemp(join(tmpdir(), 'churchhub-migrations-'))
  for (const name of await readdir(migrations)) {
    if (!/^\d/.test(name) || name < inOneCase)
      await cp(join(migrations, name), join(earlier, name), { recursive: true })
  }
  await migrateDatabase({ url: empty.url, directory: earlier })
  client = new Client({ connectionString: empty.url })
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await empty.drop()
  await rm(earlier, { recursive: true })
})

const idOf = (number: number) => `00000000-0000-7000-8000-00000000000${number}`

async function addUser(number: number, email: string, schedulingUsername: string): Promise<void> {
  await client.query(
    `INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
     VALUES ($1, $2, 'p', 'c', 'pastor', $3, $4, 'l')`,
    [idOf(number), email, String(number), schedulingUsername],
  )
}

const migrate = () => migrateDatabase({ url: empty.url })

// Fails without the block that lists them: the only error was that an index could not be created.
test('a database with names that differ only in case is left unchanged, and all of them are listed by ID', async () => {
  await addUser(1, 'ruth@church.example', 'ruth')
  await addUser(2, 'Ruth@church.example', 'ruth-two')
  await addUser(3, 'naomi@church.example', 'naomi')
  await addUser(4, 'other@church.example', 'NAOMI')
  await addUser(5, 'alone@church.example', 'alone')
  const failure = await migrate().catch((error: unknown) => error)
  const twins = [1, 2, 3, 4].map(idOf).join(', ')
  expect(failure).toMatchObject({
    message: expect.stringContaining(`The migration ${inOneCase} failed and was rolled back: these users`),
  })
  expect(String(failure)).toContain(`in its case only: ${twins}. Change all but one of each in the table users`)
  expect(String(failure)).not.toMatch(/church\.example|naomi|ruth/i)
  const { rows } = await client.query(`SELECT to_regclass('idx_users_lower_email') AS made`)
  expect(rows).toEqual([{ made: null }])
})

test('once they are changed as the error says, this migration and all later ones are applied', async () => {
  await addUser(1, 'ruth@church.example', 'ruth')
  await addUser(2, 'Ruth@church.example', 'RUTH')
  await expect(migrate()).rejects.toThrow(idOf(2))
  await client.query(
    `UPDATE users SET email = 'ruth.two@church.example', "schedulingUsername" = 'ruth-two' WHERE id = $1`,
    [idOf(2)],
  )
  const { applied } = await migrate()
  expect(applied[0]).toBe(inOneCase)
  await expect(addUser(3, 'RUTH@church.example', 'three')).rejects.toThrow('idx_users_lower_email')
  await expect(addUser(3, 'three@church.example', 'Ruth')).rejects.toThrow('idx_users_lower_scheduling_username')
})
