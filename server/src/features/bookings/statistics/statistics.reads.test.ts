import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson } from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { Prisma } from '../../../platform/database/client.ts'
import { readBookingStats } from './statistics.reads.ts'

let fresh: FreshDatabase
let pastor: PersonViewer
let admin: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 1 })
  admin = await addPerson(fresh.database, 'admin')
  const pastors: PersonViewer[] = []
  for (let count = 0; count < 40; count += 1) pastors.push(await addPerson(fresh.database, 'pastor'))
  pastor = pastors[0] ?? admin
  const ids = pastors.map(({ userId }) => userId)
  // Half a year in separate partitions: the first booking of a month creates its partition.
  for (const chosen of ['n % 2000 = 1', 'n % 2000 <> 1']) {
    await fresh.database.$executeRawUnsafe(`
      INSERT INTO bookings (id, "calBookingId", "userId", "eventTypeId", title, "startTime", "endTime", duration, status)
      SELECT gen_random_uuid(), n, ('{${ids.join()}}'::uuid[])[n % 40 + 1], 1, 't', at, at + interval '20 minutes', 20, 'confirmed'
      FROM (SELECT n, timestamptz '2024-01-01' + n * interval '22 minutes' AS at FROM generate_series(1, 12000) n) m
      WHERE ${chosen}`)
    await fresh.database.$executeRawUnsafe('SELECT make_partitions(0)')
  }
  await fresh.database.$executeRawUnsafe('ANALYZE bookings')
})
afterAll(() => fresh.close())

/** The plan of the statement that counts, as text. */
async function planOf(viewer: PersonViewer, from: string, to: string): Promise<string> {
  const lines: string[] = []
  const explaining = {
    // Called like $queryRaw, with a template and its values; returns no rows.
    $queryRaw: async (template: TemplateStringsArray, ...values: unknown[]) => {
      const statement = Prisma.sql`EXPLAIN ${Prisma.sql(template, ...values)}`
      const rows = await fresh.database.$queryRaw<{ 'QUERY PLAN': string }[]>(statement)
      lines.push(...rows.map((row) => row['QUERY PLAN']))
      return []
    },
  } as unknown as typeof fresh.database // only $queryRaw is used
  const filter = { startTime: { from: new Date(from), to: new Date(to) } }
  await readBookingStats({ database: explaining, statements: fresh.statements }, viewer, {
    filter,
    groupBy: ['status', 'week'],
    timeZone: 'Europe/Berlin',
    limit: 10,
  })
  return lines.join('\n')
}

const partitionsIn = (plan: string) => [...new Set(plan.match(/bookings_y\d{4}m\d\d(?!\d|_)/g))].sort()

test('a pastor’s statistics use an index on the pastor, in the partitions of the range only', async () => {
  const plan = await planOf(pastor, '2024-03-01T00:00:00Z', '2024-04-01T00:00:00Z')
  expect(plan).toMatch(/Index.* bookings_y2024m03_userId_|Index.*"bookings_y2024m03_userId_/)
  expect(plan).not.toContain('Seq Scan')
  expect(partitionsIn(plan)).toEqual(['bookings_y2024m03'])
})

test('statistics of all pastors read only the partitions of the range', async () => {
  const plan = await planOf(admin, '2024-03-01T00:00:00Z', '2024-05-01T00:00:00Z')
  expect(partitionsIn(plan)).toEqual(['bookings_y2024m03', 'bookings_y2024m04'])
})
