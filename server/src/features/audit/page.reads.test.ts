import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addBooking, addPerson, openTestVault } from '../../../test/support/parish.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { newId } from '../../platform/ids.ts'
import type { AuditLogFilter } from './filter.model.ts'
import { countAuditLogs, listAuditPositions } from './page.reads.ts'
import type { Position } from './position.model.ts'

let fresh: FreshDatabase
let admin: Viewer
let busy: Viewer
let quiet: Viewer
let busyBookings: string[]
let quietBooking: string

/** All entries that a viewer may see, computed without indexes. */
async function allVisible(viewer: Viewer, filter: AuditLogFilter): Promise<string[]> {
  const rows = await fresh.database.auditLog.findMany({
    where: {
      ...(filter.action && { action: { in: [...filter.action] } }),
      ...(filter.userId && { userId: filter.userId }),
      ...(filter.bookingId && { bookingId: filter.bookingId }),
      createdAt: { gte: filter.createdAt?.from ?? new Date(0), lt: filter.createdAt?.to ?? new Date('2100-01-01') },
    },
    include: { booking: { select: { userId: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  const isAbout = ({ resource, resourceId, bookingId, metadata }: (typeof rows)[number]) =>
    bookingId === null &&
    ((resource === 'user' && resourceId === viewer.userId) ||
      isDeepStrictEqual(metadata, { subjectUserId: viewer.userId }))
  const mayBeSeen = (row: (typeof rows)[number]) =>
    viewer.role === 'admin' ||
    (row.userId === viewer.userId
      ? !row.action.endsWith('.read_denied')
      : (row.booking?.userId === viewer.userId && row.action !== 'vault.resealed') || isAbout(row))
  return rows.filter(mayBeSeen).map(({ id }) => id)
}

async function pageThrough(
  viewer: Viewer,
  filter: AuditLogFilter,
  limit: number,
  isFromEnd = false,
): Promise<string[]> {
  const ids: string[] = []
  let last: Position | null = null
  for (;;) {
    const end: object = isFromEnd ? { before: last } : { after: last }
    const page = await listAuditPositions(fresh.database, viewer, filter, { ...end, limit, isFromEnd })
    ids.push(...page.map(({ id }) => id))
    if (page.length < limit) return isFromEnd ? ids.reverse() : ids
    last = page.at(-1) ?? null
  }
}

beforeAll(async () => {
  fresh = await freshDatabase()
  const { database } = fresh
  const deps = { database, vault: await openTestVault(database) }
  admin = await addPerson(database, 'admin')
  busy = await addPerson(database, 'pastor')
  quiet = await addPerson(database, 'pastor')
  busyBookings = []
  for (let index = 0; index < 12; index += 1) busyBookings.push(await addBooking(deps, busy, { intake: null }))
  quietBooking = await addBooking(deps, quiet, { intake: null })
  // Times come in pairs, so that the ID must break ties. Actors, bookings and actions cycle with different periods.
  await database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "userId", "bookingId", "createdAt")
    SELECT gen_random_uuid(),
      (ARRAY['summary.read', 'intake.read', 'summary.read_denied', 'vault.resealed', 'session.signed_in'])[1 + n % 5],
      'booking',
      (ARRAY[${busy.userId}, NULL, ${admin.userId}, ${quiet.userId}]::uuid[])[1 + (n / 5) % 4],
      CASE WHEN n % 7 = 0 THEN NULL WHEN n % 997 = 1 THEN ${quietBooking}::uuid ELSE (${busyBookings}::uuid[])[1 + n % 12] END,
      timestamptz '2025-01-20' + (n / 2) * interval '20 minutes'
    FROM generate_series(1, 9000) AS n`
  // Entries about accounts, sessions, tokens and endpoints.
  await database.$executeRaw`
    INSERT INTO audit_logs (id, action, resource, "resourceId", metadata, "userId", "createdAt")
    SELECT gen_random_uuid(),
      (ARRAY['user.changed', 'token.revoked'])[1 + n % 2], (ARRAY['user', 'api_token'])[1 + n % 2],
      CASE WHEN n % 2 = 0 THEN owner::text END,
      CASE WHEN n % 2 = 1 THEN jsonb_build_object('subjectUserId', owner) END,
      (ARRAY[${admin.userId}, NULL, ${busy.userId}]::uuid[])[1 + n % 3],
      timestamptz '2025-01-20' + (n * 100) * interval '10 minutes'
    FROM generate_series(1, 160) AS n,
      LATERAL (SELECT (ARRAY[${busy.userId}, ${quiet.userId}]::uuid[])[1 + n / 2 % 2] AS owner) AS whose`
  await database.$executeRaw`SELECT make_partitions(0)`
  await database.$executeRaw`ANALYZE`
})
afterAll(() => fresh.close())

const day = (text: string) => new Date(`${text}T00:00:00Z`)
const filters: [string, () => AuditLogFilter][] = [
  ['nothing', () => ({})],
  ['one action', () => ({ action: ['summary.read'] })],
  [
    'actions, one of them twice, one unknown',
    () => ({ action: ['summary.read', 'intake.read', 'intake.read', 'no.such'] }),
  ],
  ['no action at all', () => ({ action: [] })],
  ['refusals', () => ({ action: ['summary.read_denied', 'vault.resealed'] })],
  ['oneself', () => ({ userId: busy.userId })],
  ['changes of accounts', () => ({ action: ['user.changed', 'token.revoked'] })],
  ['another user', () => ({ userId: admin.userId })],
  ['a person and an action', () => ({ userId: admin.userId, action: ['intake.read'] })],
  ['a booking', () => ({ bookingId: busyBookings[3] ?? '' })],
  ["another's booking", () => ({ bookingId: quietBooking })],
  [
    'a booking, a person and an action',
    () => ({ bookingId: busyBookings[3] ?? '', userId: admin.userId, action: ['summary.read'] }),
  ],
  ['a period', () => ({ createdAt: { from: day('2025-02-03'), to: day('2025-02-20') } })],
  [
    'an open-ended period, and an action',
    () => ({ createdAt: { from: day('2025-03-03') }, action: ['session.signed_in'] }),
  ],
]

describe.each([
  ['an admin', () => admin],
  ['a pastor with many entries', () => busy],
  ['a pastor with few entries', () => quiet],
])('%s', (_, viewerOf) => {
  test.each(filters)('filtered by %s, pages return exactly what they may see', async (_name, filterOf) => {
    const filter = filterOf()
    const expected = await allVisible(viewerOf(), filter)
    expect(await pageThrough(viewerOf(), filter, 173)).toEqual(expected)
    expect(await pageThrough(viewerOf(), filter, 401, true)).toEqual(expected)
    expect(await countAuditLogs(fresh.database, viewerOf(), filter)).toBe(expected.length)
  })

  test('gets correct small pages in both directions', async () => {
    const expected = await allVisible(viewerOf(), {})
    const rows = await fresh.database.auditLog.findMany({ select: { id: true, createdAt: true } })
    for (const offset of [0, 1, 7, 8, 100, expected.length - 2].filter(
      (index) => index >= 0 && index < expected.length,
    )) {
      const cursor = rows.find(({ id }) => id === expected[offset]) ?? null
      const older = await listAuditPositions(fresh.database, viewerOf(), {}, { after: cursor, limit: 6 })
      expect(older.map(({ id }) => id)).toEqual(expected.slice(offset + 1, offset + 7))
      const newer = await listAuditPositions(
        fresh.database,
        viewerOf(),
        {},
        { before: cursor, limit: 6, isFromEnd: true },
      )
      expect(newer.map(({ id }) => id).reverse()).toEqual(expected.slice(Math.max(0, offset - 6), offset))
    }
  })
})

test('a booking that was handed over keeps its entries', async () => {
  const deps = { database: fresh.database, vault: await openTestVault(fresh.database) }
  const [from, to] = [await addPerson(fresh.database, 'pastor'), await addPerson(fresh.database, 'pastor')]
  const bookingId = await addBooking(deps, from, { intake: null })
  const entry = { id: newId(), action: 'booking.created', resource: 'booking', bookingId }
  await fresh.database.auditLog.create({ data: entry })
  const isVisibleTo = async (viewer: Viewer) => (await pageThrough(viewer, {}, 10)).includes(entry.id)
  expect([await isVisibleTo(from), await isVisibleTo(to)]).toEqual([true, false])
  await fresh.database.booking.updateMany({ where: { id: bookingId }, data: { userId: to.userId } })
  expect([await isVisibleTo(from), await isVisibleTo(to)]).toEqual([false, true])
})
