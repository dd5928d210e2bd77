import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addBooking, addPerson, openTestVault } from '../../../test/support/parish.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { Prisma } from '../../platform/database/client.ts'
import { newId } from '../../platform/ids.ts'
import type { AuditLogFilter } from './filter.model.ts'
import { listAuditPositions } from './page.reads.ts'
import type { Position } from './position.model.ts'

/** Three years of a church with 100 pastors, one of whom has few and old entries. */
const rows = 300_000

let fresh: FreshDatabase
let admin: Viewer
let pastor: Viewer
let retired: Viewer
let bookingId: string
let client: Client
beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 1, statementTimeoutMs: 120_000 })
  const { database } = fresh
  admin = await addPerson(database, 'admin')
  pastor = await addPerson(database, 'pastor')
  retired = await addPerson(database, 'pastor')
  bookingId = await addBooking({ database, vault: await openTestVault(database) }, pastor, { intake: null })
  const months = Array.from({ length: 36 }, (_, index) => new Date(Date.UTC(2023, index)))
  for (const [index, month] of months.entries()) {
    const next = months[index + 1] ?? new Date(Date.UTC(2026, 0))
    const name = Prisma.raw(`audit_logs_y${month.getUTCFullYear()}m${String(month.getUTCMonth() + 1).padStart(2, '0')}`)
    const bounds = Prisma.raw(`FROM ('${month.toISOString()}') TO ('${next.toISOString()}')`)
    await database.$executeRaw`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF audit_logs FOR VALUES ${bounds}`
  }
  await database.$executeRaw`
    INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
    SELECT gen_random_uuid(), 'p' || n, 'p', 'c', 'pastor', 'p' || n, 'p' || n, 'l' FROM generate_series(1, 100) AS n`
  await database.$executeRaw`
    INSERT INTO bookings (id, "calBookingId", "userId", "eventTypeId", title, "startTime", "endTime", duration, status)
    SELECT gen_random_uuid(), n, CASE WHEN n <= 300 THEN ${retired.userId}::uuid WHEN n % 40 = 0 THEN ${pastor.userId}::uuid
      ELSE (SELECT id FROM users WHERE email = 'p' || (1 + n % 100)) END, 1, 't', at, at, 30, 'confirmed'
    FROM generate_series(1, 20000) AS n, LATERAL (SELECT timestamptz '2023-01-01' + n * interval '78 minutes' AS at) t`
  // A booking's entries are spread around its time; some entries have no booking.
  await database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "userId", "bookingId", "createdAt")
    SELECT gen_random_uuid(),
      CASE WHEN n % 5000 = 0 THEN 'settings.changed' ELSE (ARRAY['summary.read', 'intake.read', 'booking.updated', 'summary.written'])[1 + n % 4] END,
      'booking', CASE WHEN n % 4 < 2 THEN b."userId" END, b.id, timestamptz '2023-01-01' + n * interval '234 seconds'
    FROM generate_series(1, ${rows}::int) AS n
    LEFT JOIN bookings b ON b."calBookingId" = 1 + (n / 20 + n % 3 * 7) AND n % 9 > 0`
  await database.$executeRaw`VACUUM (ANALYZE) audit_logs`
  await database.$executeRaw`VACUUM (ANALYZE) bookings`
  await database.$executeRaw`VACUUM (ANALYZE) booking_keys`
  client = new Client({ connectionString: fresh.url })
  await client.connect()
}, 240_000)
afterAll(async () => {
  await client.end()
  await fresh.close()
})

type Plan = Readonly<{
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: readonly Plan[]
}>

/** PostgreSQL plans a prepared statement for specific values or, after some calls, for any values. */
const plannings = ['force_custom_plan', 'force_generic_plan'] as const

/** EXPLAIN ANALYZE of every statement that a page executes. */
async function explainPage(
  planning: (typeof plannings)[number],
  viewer: Viewer,
  filter: AuditLogFilter,
  after: Position | null,
) {
  const plans: Plan[] = []
  const reader = {
    $queryRaw: async (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
      const sql = 'sql' in query ? query : Prisma.sql(query, ...values)
      plans.push(await explain(planning, sql))
      return fresh.database.$queryRaw(sql)
    },
  }
  // Prisma's type of $queryRaw is wider than what the reads use
  await listAuditPositions(reader as never, viewer, filter, { after, limit: 21 })
  const nodes = plans.flatMap(nodesOf)
  return { scans: nodes.filter(isSequential), examined: nodes.reduce((sum, node) => sum + examinedBy(node), 0) }
}

async function explain(planning: (typeof plannings)[number], sql: Prisma.Sql): Promise<Plan> {
  const literals = sql.values.map((value) => client.escapeLiteral(textOf(value)))
  await client.query(`SET plan_cache_mode = ${planning}`)
  await client.query(`PREPARE page AS ${sql.text}`)
  const { rows } = await client.query(
    `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page${literals.length > 0 ? `(${literals.join(', ')})` : ''}`,
  )
  await client.query('DEALLOCATE page')
  return rows[0]['QUERY PLAN'][0].Plan
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.join(',')}}`
  return value instanceof Date ? value.toISOString() : String(value)
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

function isSequential(node: Plan): boolean {
  return node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined && examinedBy(node) > 0
}

/** The number of rows that a scan read from its table, including those it filtered out. */
function examinedBy(node: Plan): number {
  if (!node['Node Type'].endsWith('Scan') || node['Node Type'] === 'CTE Scan' || node['Node Type'] === 'Subquery Scan')
    return 0
  const each =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  return each * node['Actual Loops']
}

const at = (text: string): Position => ({ createdAt: new Date(text), id: newId() })
const positions: [string, Position | null][] = [
  ['at the beginning', null],
  ['a year back', at('2024-12-31T00:00:00Z')],
  ['at the end', at('2023-01-20T00:00:00Z')],
]

// The bounds on the rows that a page may read, for each kind of page. They don't depend on the length of the log.
describe.each(positions)('a page %s', (_, after) => {
  const cases: [string, () => Viewer, () => AuditLogFilter, number][] = [
    ['without a filter', () => admin, () => ({}), 800],
    ['of a person', () => admin, () => ({ userId: pastor.userId }), 800],
    ['of a common action', () => admin, () => ({ action: ['summary.read'] }), 800],
    ['of a rare action', () => admin, () => ({ action: ['settings.changed'] }), 800],
    ['of an action without entries', () => admin, () => ({ action: ['key.destroyed'] }), 800],
    [
      'of three actions of a person',
      () => admin,
      () => ({ userId: pastor.userId, action: ['summary.read', 'intake.read', 'token.created'] }),
      800,
    ],
    ['of a rare action of a person', () => admin, () => ({ userId: pastor.userId, action: ['settings.changed'] }), 800],
    ['of a booking', () => admin, () => ({ bookingId }), 800],
    [
      'of a period',
      () => admin,
      () => ({ createdAt: { from: new Date('2023-01-05'), to: new Date('2025-06-01') } }),
      800,
    ],
    ["of a pastor's own view", () => pastor, () => ({}), 20_000],
    ["of a pastor's own view by action", () => pastor, () => ({ action: ['booking.updated'] }), 20_000],
    ['of the view of a pastor whose entries are old', () => retired, () => ({}), 20_000],
  ]
  test.each(cases)('%s needs no sequential scan and reads few rows', async (_name, viewerOf, filterOf, maxRows) => {
    for (const planning of plannings) {
      const { scans, examined } = await explainPage(planning, viewerOf(), filterOf(), after)
      expect(scans).toEqual([])
      expect(examined, planning).toBeLessThan(maxRows)
    }
  })
})
