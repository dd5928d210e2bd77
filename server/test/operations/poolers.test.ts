import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDatabase } from '../../src/platform/database/check.ts'
import { createDatabase, Prisma } from '../../src/platform/database/client.ts'
import { keepsStatements } from '../../src/platform/database/pooler.ts'
import { createEvents } from '../../src/platform/events/events.ts'
import { isPgBouncerMissing, type PgBouncer, startPgBouncer } from '../fakes/pgbouncer.ts'
import { password, type RunningChurch, startChurch } from '../support/running-church.ts'

const unless = isPgBouncerMissing ? ' (skipped: install the package pgbouncer to run it)' : ''

describe.skipIf(isPgBouncerMissing)(`PgBouncer${unless}`, () => {
  let church: RunningChurch
  let transactions: PgBouncer
  beforeAll(async () => {
    church = await startChurch({ runsJobs: false })
    transactions = await startPgBouncer(church.databaseUrl, 'transaction')
  })
  afterAll(async () => {
    await church.close()
    await transactions[Symbol.asyncDispose]()
  })

  // Fails with statement names that are numbers: sign-ins failed, and statements were answered with another's plan.
  it('in transaction mode answers sign-ins and queries from two nodes', async () => {
    const nodes = [
      await church.secondNode({ pooledUrl: transactions.url }),
      await church.secondNode({ pooledUrl: transactions.url }),
    ]
    const ask = (turn: number) => {
      const node = nodes[turn % 2] ?? church
      if (turn % 10 === 0) {
        const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { name } } }'
        return node.ask(null, query, { input: { email: church.pastor.email, password } })
      }
      // Each node meets the shapes in another order.
      const shape = (turn * (turn % 2 === 0 ? 7 : 3)) % 20
      const fields = ['id', 'title', 'status', 'startTime', 'endTime'].slice(0, 1 + (shape % 5)).join(' ')
      return node.ask(church.pastor, `{ viewer { name } bookings(first: ${1 + shape}) { nodes { ${fields} } } }`)
    }
    const answers = await Promise.all(Array.from({ length: 200 }, (_, turn) => ask(turn)))
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  })

  it('in transaction mode is refused as DATABASE_DIRECT_URL', async () => {
    await expect(checkDatabase({ url: transactions.url })).rejects.toThrow(
      /is a connection pooler in transaction mode, .* Set DATABASE_DIRECT_URL to PostgreSQL itself/,
    )
  })

  // Fails with a heartbeat that is any query: another session answered it, and live updates were silent for ever.
  it('is found in transaction mode while the server runs, which is not ready then', async () => {
    const warnings: unknown[] = []
    const log = { info: () => undefined, error: () => undefined, warn: (fields: unknown) => warnings.push(fields) }
    const options = { url: transactions.url, log, heartbeatMs: 100, heartbeatTimeoutMs: 500 }
    const events = createEvents({ ...options, applicationName: 'test' })
    const other = new Client({ connectionString: transactions.url })
    try {
      await expect.poll(() => events.isReady()).toBe(true)
      await other.connect()
      await other.query('BEGIN; SELECT 1')
      await expect.poll(() => events.isReady(), { timeout: 5_000 }).toBe(false)
      expect(warnings[0]).toMatchObject({ err: { message: expect.stringContaining('DATABASE_DIRECT_URL') } })
    } finally {
      await other.end()
      await events.close()
    }
  })

  it('in session mode works as DATABASE_DIRECT_URL, with prepared statements', async () => {
    await using sessions = await startPgBouncer(church.databaseUrl, 'session')
    await checkDatabase({ url: sessions.url })
    expect(await keepsStatements(sessions.url)).toBe(true)
    expect(await keepsStatements(church.databaseUrl)).toBe(true)
  })

  it('is found to lose statements even if it did not at the start', async () => {
    expect(await keepsStatements(transactions.url)).toBe(false)
    const options = { url: transactions.url, applicationName: 'test', maxConnections: 4 }
    const { statements, close } = createDatabase({ ...options, preparesStatements: true })
    const rows = await Promise.all(
      Array.from({ length: 100 }, (_, n) => statements.readRows<{ n: number }>(Prisma.sql`SELECT ${n}::int AS n`)),
    )
    expect(rows.flat().map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    await close()
  })
})
