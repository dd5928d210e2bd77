import { expect, test } from 'vitest'
import { asSuperuser, freshDatabase } from '../../../test/support/database.ts'
import { createDatabase } from './client.ts'
import { createDatabaseCheck } from './readiness.ts'

// A full disk gives an error of the same class as temp_file_limit, 53. test/faults/full-disk.test.ts fills one.
test.each([
  ['read-only', 'default_transaction_read_only = on'],
  ['full', 'temp_file_limit = 0'],
])('a database that is %s is not ready', async (_name, setting) => {
  await using fresh = await freshDatabase()
  const name = new URL(fresh.url).pathname.slice(1)
  await asSuperuser((client) => client.query(`ALTER DATABASE ${name} SET ${setting}`))
  const changes: boolean[] = []
  const { database, close } = createDatabase({ url: fresh.url, applicationName: 'test', maxConnections: 1 })
  expect(await createDatabaseCheck(database, (isReady) => changes.push(isReady))()).toBe(false)
  expect(changes).toEqual([false])
  await close()
})

test('a database with an unfinished migration is not ready', async () => {
  await using fresh = await freshDatabase()
  const check = () => createDatabaseCheck(fresh.database, () => undefined)()
  expect(await check()).toBe(true)
  await fresh.database.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL`
  expect(await check()).toBe(false)
})

test('probes share a check', async () => {
  await using fresh = await freshDatabase()
  const check = createDatabaseCheck(fresh.database, () => undefined)
  const first = check()
  expect(check()).toBe(first)
  expect(await first).toBe(true)
})
