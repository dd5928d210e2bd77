import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NeonBridge, startNeonBridge } from '../../../test/fakes/neon-bridge.ts'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { databaseFailureOf, isLockTimeout, isRejectedValue } from './failure.ts'
import { runPipelined, type SqlTransaction } from './run-pipelined.ts'

describe.each(['pg', 'neon'] as const)('a transaction without Prisma over %s', (driver) => {
  let bridge: NeonBridge | undefined
  let fresh: FreshDatabase
  beforeAll(async () => {
    if (driver === 'neon') bridge = await startNeonBridge()
    fresh = await freshDatabase({ driver })
    await fresh.database.$executeRaw`CREATE TABLE notes (id int PRIMARY KEY, at timestamptz, words text[])`
  })
  afterAll(async () => {
    await fresh.close()
    await bridge?.[Symbol.asyncDispose]()
  })

  const count = async () => (await fresh.database.$queryRaw<unknown[]>`SELECT FROM notes`).length
  const add = (tx: SqlTransaction, id: number) => tx.$executeRaw`INSERT INTO notes (id) VALUES (${id})`
  const failureOf = (work: (tx: SqlTransaction) => Promise<unknown>) =>
    runPipelined(fresh.connectPipelined, work).then(
      () => 'none',
      (error: unknown) => error,
    )

  test('reads and writes values, and runs concurrent statements in order', async () => {
    const at = new Date('2024-03-31T01:30:00.123Z')
    const [written, rows, text] = await runPipelined(fresh.connectPipelined, (tx) =>
      Promise.all([
        tx.$executeRaw`INSERT INTO notes VALUES (1, ${at}, ${['a, b', 'c"d', null]}), (2, NULL, NULL)`,
        tx.$queryRaw<unknown[]>`SELECT *, count(*) OVER ()::int AS all FROM notes ORDER BY id LIMIT 1`,
        tx.$queryRawUnsafe<unknown[]>('SELECT $1::text || $2::text AS text', 'a', 'b'),
      ]),
    )
    expect(written).toBe(2)
    expect(rows).toEqual([{ id: 1, at, words: ['a, b', 'c"d', null], all: 2 }])
    expect(text).toEqual([{ text: 'ab' }])
    expect(await count()).toBe(2)
    await fresh.database.$executeRaw`DELETE FROM notes`
  })

  test('rolls back a failure, and the connection stays usable', async () => {
    const twice = await failureOf((tx) => Promise.all([add(tx, 1), add(tx, 1), add(tx, 2)]))
    expect(isRejectedValue(twice)).toBe(true)
    expect(databaseFailureOf(twice)).toBe(null)
    const thrown = await failureOf(async (tx) => {
      await add(tx, 3)
      throw new Error('no')
    })
    expect(thrown).toEqual(new Error('no'))
    for (let round = 0; round < 5; round += 1) await runPipelined(fresh.connectPipelined, (tx) => add(tx, 10 + round))
    expect(await count()).toBe(5)
  })

  test('does not report a commit when an unawaited statement has failed', async () => {
    const failed = await failureOf(async (tx) => {
      add(tx, 10).catch(() => undefined)
    })
    expect(failed).toMatchObject({ message: expect.stringContaining('rolled back') })
  })

  test('reports lock timeouts and broken connections as such', async () => {
    await fresh.database.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE notes`
      const locked = await failureOf((other) => other.$executeRaw`LOCK TABLE notes NOWAIT`)
      expect(isLockTimeout(locked)).toBe(true)
    })
    const cut = await failureOf((tx) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`)
    expect(databaseFailureOf(cut)).toBe('unavailable')
    await runPipelined(fresh.connectPipelined, (tx) => add(tx, 20))
  })

  test('retries after PostgreSQL aborts it', async () => {
    let tries = 0
    await runPipelined(fresh.connectPipelined, async (tx) => {
      tries += 1
      if (tries === 1) await tx.$executeRaw`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$`
      await add(tx, 30)
    })
    expect(tries).toBe(2)
  })
})
