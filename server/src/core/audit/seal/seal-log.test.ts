import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditEntry, findingsOf, record, recordPast } from '../../../../test/support/audit-log.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { openTestVault } from '../../../../test/support/parish.ts'
import { systemClock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import { newId } from '../../../platform/ids.ts'
import { Secret } from '../../../platform/secret.ts'
import { openVault, type Vault } from '../../vault/vault.ts'
import { recordAudit } from '../record.ts'
import { leafAt } from './leaves.ts'
import { safeWatermark } from './safe-watermark.ts'
import { type SealLogOptions, sealLog } from './seal-log.ts'

let fresh: FreshDatabase
let vault: Vault
const clients: Client[] = []
beforeEach(async () => {
  fresh = await freshDatabase({ maxConnections: 12 })
  vault = await openTestVault(fresh.database)
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end()
  await fresh.close()
})

const seal = (options: SealLogOptions = {}) =>
  sealLog({ database: fresh.database, vault, clock: systemClock }, { grace: 0, ...options })
const horizon = () => fresh.database.$transaction((tx) => safeWatermark(tx, 0))

async function connect(url = fresh.url): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  clients.push(client)
  return client
}

const insert = `INSERT INTO audit_logs (id, action, resource) VALUES ($1, 'session.signed_out', 'session')
  RETURNING "createdAt", now()::text AS now`

/** Every sealed row, according to the seals. */
async function sealedIds(): Promise<string[]> {
  const seals = await fresh.database.auditSeal.findMany({ orderBy: { number: 'asc' } })
  return seals.flatMap(({ leaves, rowCount }) =>
    Array.from({ length: rowCount }, (_, index) => leafAt(leaves ?? new Uint8Array(), index)?.id ?? ''),
  )
}

describe('the safe watermark', () => {
  test('ends where the oldest open transaction started, although it has written nothing and has no id', async () => {
    const client = await connect()
    await client.query('BEGIN')
    const { rows } = await client.query(`SELECT date_trunc('milliseconds', now()) AS began`)
    await wait(20)
    expect(await horizon()).toEqual(rows[0].began)
    await client.query('COMMIT')
    expect((await horizon())?.getTime()).toBeGreaterThan(rows[0].began.getTime())
  })

  // Fails without query_start: between two statements of one message the session is briefly in no transaction.
  test('does not pass a message of several statements, each of which starts with the message', async () => {
    const client = await connect()
    // In a separate thread: its 600,000 responses would block this one.
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads')
      const client = new (require('pg').Client)({ connectionString: workerData })
      client.connect().then(() => client.query('BEGIN; COMMIT; '.repeat(300_000))).then(() => client.end())`,
      { eval: true, workerData: fresh.url },
    )
    let isRunning = true
    worker.once('exit', () => {
      isRunning = false
    })
    const isAtWork = async () =>
      (await client.query(`SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'BEGIN; COMMIT;%'`))
        .rowCount
    while (!(await isAtWork())) await wait(2)
    const before = Date.now() + 20
    await wait(40)
    const seen: number[] = []
    while (isRunning) {
      const until = (await horizon())?.getTime() ?? 0
      if (await isAtWork()) seen.push(until)
    }
    expect(seen.length).toBeGreaterThan(20)
    expect(Math.max(...seen)).toBeLessThan(before)
  })

  test('trails the clock by the grace', async () => {
    const until = await fresh.database.$transaction((tx) => safeWatermark(tx, 30))
    expect(Date.now() - (until?.getTime() ?? 0)).toBeGreaterThanOrEqual(29_900)
  })

  test('is null while a session that cannot be inspected has an open transaction', async () => {
    await asSuperuser(async (client) => {
      expect(await horizon()).toBeInstanceOf(Date)
      await client.query('BEGIN')
      await client.query('SELECT 1')
      expect(await horizon()).toBeNull()
      expect(await seal()).toMatchObject({ seals: 0, isWaiting: true })
      await client.query('COMMIT')
    }, fresh.url)
    expect(await horizon()).toBeInstanceOf(Date)
  })

  test('ignores transactions in other databases', async () => {
    await asSuperuser(async (client) => {
      await client.query('BEGIN')
      expect(await horizon()).toBeInstanceOf(Date)
      await client.query('COMMIT')
    })
  })
})

describe('the sealer', () => {
  // Fails if safeWatermark returns the clock: the late row is then reported as inserted.
  test('waits for a transaction that started early and writes late', async () => {
    const late = await connect()
    await late.query('BEGIN')
    await late.query('SELECT 1')
    await wait(5)
    await record(fresh.database, 3)
    await wait(5)
    expect(await seal()).toMatchObject({ seals: 0 })
    const id = newId()
    await late.query(insert, [id])
    expect(await seal()).toMatchObject({ seals: 0 })
    await late.query('COMMIT')
    await wait(5)
    expect(await seal()).toMatchObject({ seals: 1, rows: 4 })
    expect((await sealedIds())[0]).toBe(id)
    expect((await findingsOf(fresh.database, vault)).findings).toEqual([])
  })

  // Fails with one snapshot for the whole transaction (RepeatableRead).
  test('sees rows that commit while it runs', async () => {
    const late = await connect()
    const id = newId()
    await late.query('BEGIN')
    await late.query(insert, [id])
    await wait(5)
    await record(fresh.database, 2)
    const committingDatabase = fresh.database.$extends({
      query: {
        $queryRaw: async ({ args, query }) => {
          const answer: unknown = await query(args)
          if (args.sql.includes('pg_try_advisory_xact_lock')) await late.query('COMMIT').then(() => wait(5))
          return answer
        },
      },
    })
    // An extended client has everything the sealer uses, but a different type.
    const database = committingDatabase as unknown as Database
    expect(await sealLog({ database, vault, clock: systemClock }, { grace: 0 })).toMatchObject({ rows: 3 })
    expect((await sealedIds())[0]).toBe(id)
    expect((await findingsOf(fresh.database, vault)).findings).toEqual([])
  })

  test('assigns a time that was rounded up to the segment it falls into', async () => {
    // Some of these round up, some down; every boundary falls right behind a row.
    for (let count = 0; count < 40; count += 1) {
      await record(fresh.database, 1)
      await seal({ segmentRows: 1 })
    }
    await wait(5)
    await seal({ segmentRows: 1 })
    expect(new Set(await sealedIds()).size).toBe(40)
    expect((await findingsOf(fresh.database, vault)).findings).toEqual([])
  })

  // Fails if the clock is used as the watermark.
  test('seals every row exactly once while writers write at full speed', async () => {
    let isWriting = true
    let written = 0
    const writer = async (rows: number, pauseMs: number) => {
      while (isWriting) {
        await fresh.database.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT 1`
          if (pauseMs > 0) await wait(Math.random() * pauseMs)
          await recordAudit(
            tx,
            Array.from({ length: rows }, () => auditEntry()),
          )
        })
        written += rows
      }
    }
    const nodes = [vault, await openTestVault(fresh.database)]
    const sealers = nodes.map(async (mine) => {
      while (isWriting) {
        await sealLog({ database: fresh.database, vault: mine, clock: systemClock }, { grace: 0, segmentRows: 50 })
      }
    })
    const work = [writer(1, 0), writer(3, 0), writer(20, 0), writer(2, 150), ...sealers]
    await wait(4_000)
    isWriting = false
    await Promise.all(work)
    await wait(5)
    await seal({ segmentRows: 50, maxSeals: 10_000 })

    const rows = await fresh.database.$queryRaw<{ id: string }[]>`SELECT id FROM audit_logs ORDER BY "createdAt", id`
    expect(rows.length).toBe(written)
    expect(await sealedIds()).toEqual(rows.map(({ id }) => id))
    const seals = await fresh.database.auditSeal.findMany({ orderBy: { number: 'asc' }, omit: { leaves: true } })
    expect(seals.length).toBeGreaterThan(20)
    expect(seals.map(({ number }) => Number(number))).toEqual(seals.map((_, index) => index + 1))
    expect((await findingsOf(fresh.database, vault)).findings).toEqual([])
  })

  test('does not block writers: a row is inserted meanwhile, and the log is only read', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 5)
    let locks: { mode: string }[] = []
    const watched = {
      mac: async (text: string) => {
        locks = await fresh.database.$queryRaw`
          SELECT DISTINCT mode FROM pg_locks
          WHERE relation = 'audit_logs'::regclass AND pid <> pg_backend_pid()
            -- Databases of other test files have tables of the same OID: all are copies of one template.
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
        await record(fresh.database, 1)
        return vault.mac(text)
      },
    }
    expect(await sealLog({ database: fresh.database, vault: watched, clock: systemClock })).toMatchObject({ rows: 5 })
    expect(locks).toEqual([{ mode: 'AccessShareLock' }])
  })

  test('resumes where it stopped, and seals nothing if there is nothing', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 25)
    expect(await seal({ segmentRows: 10, maxSeals: 2 })).toEqual({
      seals: 2,
      rows: 20,
      isBehind: true,
      isWaiting: false,
    })
    expect(await seal({ segmentRows: 10 })).toEqual({ seals: 1, rows: 5, isBehind: false, isWaiting: false })
    expect(await seal()).toEqual({ seals: 0, rows: 0, isBehind: false, isWaiting: false })
  })

  test('yields to a concurrent run', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 5)
    await fresh.database.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended('churchhub audit seals', 0))::text`
      expect(await seal()).toEqual({ seals: 0, rows: 0, isBehind: false, isWaiting: false })
    })
  })

  test('leaves no seal and no gap when it fails midway', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 5)
    const failing = { ...vault, mac: () => Promise.reject(new Error('no key')) }
    await expect(
      sealLog({ database: fresh.database, vault: failing, clock: systemClock }, { grace: 0 }),
    ).rejects.toThrow('no key')
    expect(await seal()).toMatchObject({ seals: 1, rows: 5 })
    expect(await fresh.database.auditSeal.findMany({ select: { number: true } })).toEqual([{ number: 1n }])
  })
})

test('two nodes that seal for the first time agree on one key', async () => {
  const keys = { masterKey: new Secret(Buffer.alloc(32, 7)), clock: systemClock, database: fresh.database }
  const vaults = await Promise.all([openVault(keys), openVault(keys), openVault(keys)])
  const macs = await Promise.all(vaults.map((each) => each.mac('text')))
  expect(new Set(macs.map(({ keyId, mac }) => `${keyId} ${mac}`)).size).toBe(1)
  expect(await fresh.database.dataKey.count({ where: { purpose: 'audit' } })).toBe(1)
  expect(await vault.isMac('text', macs[0] ?? { keyId: '', mac: '' })).toBe(true)
  expect(await vault.isMac('other', macs[0] ?? { keyId: '', mac: '' })).toBe(false)
})
