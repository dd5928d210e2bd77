import { expect, test } from 'vitest'
import { asSuperuser, freshDatabase } from '../../../test/support/database.ts'
import { createDatabase, type Database } from './client.ts'
import { databaseFailureOf } from './failure.ts'
import { runPipelined } from './run-pipelined.ts'
import { runTransaction } from './run-transaction.ts'

async function failureOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => 'no failure',
    (error: unknown) => databaseFailureOf(error),
  )
}

test('an unreachable server is unavailable, however it is queried', async () => {
  const { database, close } = createDatabase({
    url: 'postgresql://x:y@127.0.0.1:1/z',
    applicationName: 'test',
    maxConnections: 1,
  })
  expect(await failureOf(database.$queryRaw`SELECT 1`)).toBe('unavailable')
  expect(await failureOf(database.user.count())).toBe('unavailable')
  expect(await failureOf(database.$transaction((tx) => tx.user.count()))).toBe('unavailable')
  await close()
})

test('a broken connection is unavailable, a constraint violation is not, and causes are inspected', async () => {
  await using fresh = await freshDatabase()
  const { database } = fresh
  expect(await failureOf(database.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`)).toBe('unavailable')
  const unique = database.$executeRaw`INSERT INTO system_settings (id, key, value) SELECT gen_random_uuid(), 'a', '1' FROM generate_series(1, 2)`
  expect(await failureOf(unique)).toBe(null)
  const wrapped = database.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`.catch((cause: unknown) => {
    throw new Error('outside', { cause })
  })
  expect(await failureOf(wrapped)).toBe('unavailable')
  expect(databaseFailureOf('no error')).toBe(null)
})

test('a read-only database is unavailable, however it is queried', async () => {
  await using fresh = await freshDatabase()
  await asSuperuser((client) =>
    client.query(`ALTER DATABASE ${new URL(fresh.url).pathname.slice(1)} SET default_transaction_read_only = on`),
  )
  const { database, connectPipelined, close } = createDatabase({
    url: fresh.url,
    applicationName: 'test',
    maxConnections: 1,
  })
  const key = { key: 'a' }
  expect(await failureOf(database.systemSetting.deleteMany({ where: key }))).toBe('unavailable')
  expect(await failureOf(database.$transaction((tx) => tx.$executeRaw`DELETE FROM system_settings`))).toBe(
    'unavailable',
  )
  const piped = runPipelined(connectPipelined, (tx) => tx.$executeRaw`DELETE FROM system_settings`)
  expect(await failureOf(piped)).toBe('unavailable')
  await close()
})

test('a deadlock is a conflict, and rerunning the transaction resolves it', async () => {
  await using fresh = await freshDatabase()
  const inOrder = (database: Database, [first, second]: readonly [number, number]) =>
    runTransaction(database, async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${first})::text`
      await tx.$executeRaw`SELECT pg_sleep(0.2)::text`
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${second})::text`
      return first
    })
  const both = Promise.all([inOrder(fresh.database, [1, 2]), inOrder(fresh.database, [2, 1])])
  expect(await both).toEqual([1, 2])
})

test('a connection that ends inside a transaction is unavailable, although the error is the driver’s own', () => {
  // As the PostgreSQL adapter threw it, not wrapped by Prisma, while every connection was terminated once a second.
  const error = Object.assign(new Error('terminating connection due to administrator command'), {
    name: 'DriverAdapterError',
    cause: { originalCode: '57P01', kind: 'postgres', severity: 'FATAL' },
  })
  expect(databaseFailureOf(error)).toBe('unavailable')
})
