import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/core/access/viewer.ts'
import type { AuditLogFilter } from '../../src/features/audit/filter.model.ts'
import { listAuditPositions } from '../../src/features/audit/page.reads.ts'
import type { Position } from '../../src/features/audit/position.model.ts'
import { createDatabase, type OpenDatabase, Prisma } from '../../src/platform/database/client.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { addPerson } from '../support/parish.ts'
import { type BreakablePostgres, startBreakablePostgres } from './support/breakable-postgres.ts'
import { fillLog } from './support/long-log.ts'

/** Three million give the same result and take half as long again to create. */
const rows = 2_000_000
const months = 36

let postgres: BreakablePostgres
let opened: OpenDatabase
let client: Client
let admin: Viewer
let pastor: Viewer
let quiet: Viewer
let bookingId: string
/**
 * Where pages start: at the newest entry, in the middle of three years, and near the oldest, where a full window of
 * rows remains.
 */
let places: readonly (Position | null)[]

beforeAll(async () => {
  // Nothing here has to survive a crash.
  postgres = await startBreakablePostgres({ fsync: 'off', full_page_writes: 'off', max_wal_size: '4GB' })
  await migrateDatabase({ url: postgres.url })
  opened = createDatabase({ url: postgres.url, applicationName: 'churchhub long log', maxConnections: 1 })
  admin = await addPerson(opened.database, 'admin')
  pastor = await addPerson(opened.database, 'pastor')
  quiet = await addPerson(opened.database, 'pastor')
  const began = Date.now()
  bookingId = await postgres.asSuperuser((superuser) =>
    fillLog(superuser, { rows, months, pastorId: pastor.userId, quietId: quiet.userId }),
  )
  console.info(`${rows} entries in ${months} months were there after ${Math.round((Date.now() - began) / 1_000)} s`)
  client = new Client({ connectionString: postgres.url })
  await client.connect()
  const place = async (offset: number, order: 'ASC' | 'DESC') => {
    const found = await client.query<Position>(
      `SELECT id, "createdAt" FROM audit_logs ORDER BY "createdAt" ${order}, id ${order} OFFSET ${offset} LIMIT 1`,
    )
    return found.rows[0] ?? null
  }
  places = [null, await place(rows / 2, 'DESC'), await place(3_000, 'ASC')]
}, 600_000)
afterAll(async () => {
  await client.end()
  await opened.close()
  await postgres.stop()
})

type Plan = Readonly<{ 'Shared Hit Blocks': number; 'Shared Read Blocks': number }>

/** The number of 8 KB blocks that PostgreSQL touches for a page, over all statements. */
async function blocksOf(viewer: Viewer, filter: AuditLogFilter, after: Position | null): Promise<number> {
  let blocks = 0
  const reader = {
    $queryRaw: async (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
      const sql = 'sql' in query ? query : Prisma.sql(query, ...values)
      blocks += await explain(sql)
      return opened.database.$queryRaw(sql)
    },
  }
  // The read only uses $queryRaw, which Prisma's type declares more broadly.
  await listAuditPositions(reader as never, viewer, filter, { after, limit: 21 })
  return blocks
}

async function explain(sql: Prisma.Sql): Promise<number> {
  const given = sql.values.map((value) => client.escapeLiteral(textOf(value)))
  await client.query(`PREPARE page AS ${sql.text}`)
  const answer = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page${given.length > 0 ? `(${given.join(', ')})` : ''}`,
  )
  await client.query('DEALLOCATE page')
  const plan = answer.rows[0]?.['QUERY PLAN'][0].Plan
  return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.join(',')}}`
  return value instanceof Date ? value.toISOString() : String(value)
}

const span = { from: new Date('2023-01-01'), to: new Date('2026-01-01') }
const filters: [string, () => AuditLogFilter][] = [
  ['everything', () => ({})],
  ['an action', () => ({ action: ['summary.read'] })],
  ['two actions', () => ({ action: ['summary.read', 'booking.updated'] })],
  ['a rare action', () => ({ action: ['settings.changed'] })],
  ['a person', () => ({ userId: pastor.userId })],
  ['a person and an action', () => ({ userId: pastor.userId, action: ['intake.read'] })],
  ['a booking', () => ({ bookingId })],
  ['a span of time', () => ({ createdAt: span })],
]

/**
 * The maximum number of blocks a page may cost beyond the first one: the indexes of a few more partitions, and for a
 * pastor one more window of rows, where their entries are less dense.
 */
const mostAbove = 600

// Fails with a cursor condition that no index supports: everything above the page was read.
describe.each([
  ["an admin's view", () => admin],
  ["a pastor's view", () => pastor],
  ['the view of a pastor about whom little is said', () => quiet],
])(`%s of ${rows} entries in ${months} monthly partitions`, (view, viewerOf) => {
  test.each(filters)(
    'reads no more blocks in the middle and at the end than at the start, filtered by %s',
    async (name, filterOf) => {
      const blocks: number[] = []
      for (const after of places) blocks.push(await blocksOf(viewerOf(), filterOf(), after))
      console.info(`${view}, ${name}: ${blocks.join(', ')} blocks`)
      expect(Math.max(...blocks)).toBeLessThan((blocks[0] ?? 0) + mostAbove)
    },
  )
})
