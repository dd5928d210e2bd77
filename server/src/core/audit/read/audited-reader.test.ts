import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addBooking, addPerson, addSummary, openTestVault, testOrigin } from '../../../../test/support/parish.ts'
import { Prisma } from '../../../platform/database/client.ts'
import { newId } from '../../../platform/ids.ts'
import type { Origin, Viewer } from '../../access/viewer.ts'
import type { Vault } from '../../vault/vault.ts'
import { AuditUnavailableError } from '../errors.ts'
import { type EncryptedSource, joinOwner, type ReadGrant, type ReadRequest } from './audited-read.ts'
import { type AuditedReader, createAuditedReader } from './audited-reader.ts'

const source: EncryptedSource = {
  column: 'context_summaries.encryptedSummary',
  resource: 'context_summary',
  readAction: 'summary.read',
  deniedAction: 'summary.read_denied',
  rows: Prisma.sql`
    SELECT t.id, t."bookingId", b."userId" AS "ownerId", t."encryptedSummary" AS sealed
    FROM context_summaries t ${joinOwner}`,
}

const intakes: EncryptedSource = {
  column: 'bookings.encryptedIntakeData',
  resource: 'booking',
  readAction: 'intake.read',
  deniedAction: 'intake.read_denied',
  rows: Prisma.sql`SELECT id, id AS "bookingId", "userId" AS "ownerId", "encryptedIntakeData" AS sealed FROM bookings`,
}

const pastorCount = 40

let fresh: FreshDatabase
let vault: Vault
let auditedReader: AuditedReader
let pastors: { viewer: Viewer; summaryId: string; sealed: string }[]

beforeAll(async () => {
  fresh = await freshDatabase()
  auditedReader = createAuditedReader(fresh.database)
  vault = await openTestVault(fresh.database)
  const deps = { database: fresh.database, vault }
  pastors = await Promise.all(
    Array.from({ length: pastorCount }, async () => {
      const viewer = await addPerson(fresh.database, 'pastor')
      const summaryId = await addSummary(deps, viewer, await addBooking(deps, viewer), 'She lost her mother.')
      const { encryptedSummary } = await fresh.database.contextSummary.findFirstOrThrow({ where: { id: summaryId } })
      return { viewer, summaryId, sealed: encryptedSummary }
    }),
  )
})

afterAll(() => fresh.close())

let readsBefore: number

beforeEach(async () => {
  readsBefore = await countReads()
})

function countReads(): Promise<number> {
  return fresh.database.auditLog.count({ where: { action: 'summary.read' } })
}

function requestOf(viewer: Viewer, rowId: string, origin: Origin = testOrigin): ReadRequest {
  return { source, rowId, viewer, origin, entryId: newId() }
}

async function bookingOf(summaryId: string): Promise<string> {
  return (await fresh.database.contextSummary.findFirstOrThrow({ where: { id: summaryId } })).bookingId
}

async function lockLog(): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: fresh.url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE audit_logs')
  return () => client.end()
}

async function untilSomebodyWaits(): Promise<void> {
  const waiting = () => fresh.database.$queryRaw<unknown[]>`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  while ((await waiting()).length === 0) await wait(10)
}

const read = (...requests: ReadRequest[]) => auditedReader(requests)

describe('createAuditedReader', () => {
  test('returns many concurrent readers their own values, each recorded, in few commits', async () => {
    const requests = pastors.map(({ viewer, summaryId }) => requestOf(viewer, summaryId))
    const grants = await Promise.all(requests.map((request) => read(request)))

    expect(grants.map(([grant]) => grant)).toMatchObject(pastors.map(({ sealed }) => ({ kind: 'granted', sealed })))
    const ids = requests.map(({ entryId }) => entryId)
    const [commits] = await fresh.database.$queryRaw<{ entries: bigint; transactions: bigint }[]>`
      SELECT count(*) AS entries, count(DISTINCT xmin::text) AS transactions
      FROM audit_logs WHERE id = ANY(${ids}::uuid[])`
    expect(Number(commits?.entries)).toBe(pastorCount)
    expect(Number(commits?.transactions)).toBeLessThan(pastorCount / 4)
  })

  test('never returns a reader another’s value, although one statement reads both', async () => {
    const neighbour = (at: number) => pastors[(at + 1) % pastorCount] ?? pastors[0]
    const calls = pastors.map(({ viewer, summaryId }, at) =>
      read(requestOf(viewer, summaryId), requestOf(viewer, neighbour(at)?.summaryId ?? '')),
    )
    for (const [at, [own, theirs]] of (await Promise.all(calls)).entries()) {
      expect(own).toMatchObject({ kind: 'granted', sealed: pastors[at]?.sealed })
      expect(theirs).toEqual({ kind: 'not_found' })
    }
    expect(await countReads()).toBe(readsBefore + pastorCount)
  })

  test('reads values of different tables together, each with its own AAD and action', async () => {
    const [first] = pastors
    if (first === undefined) throw new Error('no pastors')
    const bookingId = await bookingOf(first.summaryId)
    const [summary, intake] = [requestOf(first.viewer, first.summaryId), requestOf(first.viewer, bookingId)]
    const grants = await read({ ...intake, source: intakes }, summary, requestOf(first.viewer, bookingId))

    const { encryptedIntakeData } = await fresh.database.booking.findFirstOrThrow({ where: { id: bookingId } })
    expect(grants).toMatchObject([
      { kind: 'granted', sealed: encryptedIntakeData },
      { kind: 'granted', sealed: first.sealed },
      { kind: 'not_found' },
    ])
    const entries = await fresh.database.auditLog.findMany({
      where: { id: { in: [summary.entryId, intake.entryId] } },
      orderBy: { action: 'asc' },
    })
    expect(entries).toMatchObject([
      { action: 'intake.read', resource: 'booking', resourceId: bookingId },
      { action: 'summary.read', resource: 'context_summary', resourceId: first.summaryId },
    ])
  })

  test('a request that the log rejects does not affect the others', async () => {
    const unknownViewer: Viewer = { kind: 'person', userId: newId(), role: 'admin', sessionId: 'none' }
    const [first] = pastors
    if (first === undefined) throw new Error('no pastors')
    const invalid = [
      read(requestOf(unknownViewer, first.summaryId)),
      read(requestOf(first.viewer, first.summaryId, { ipAddress: 'no address', userAgent: null })),
      read(requestOf({ ...first.viewer, userId: 'no uuid' }, first.summaryId)),
      read(requestOf(first.viewer, first.summaryId, { ipAddress: null, userAgent: 'a\0b' })),
    ]
    const valid = pastors.map(({ viewer, summaryId }) => read(requestOf(viewer, summaryId)))
    const refused = await Promise.allSettled(invalid)

    for (const outcome of refused) expect(outcome).toMatchObject({ reason: expect.any(AuditUnavailableError) })
    expect((await Promise.all(valid)).map(([grant]) => grant?.kind)).toEqual(pastors.map(() => 'granted'))
    expect(await countReads()).toBe(readsBefore + pastorCount)
  })

  test('retries when PostgreSQL aborts the read in favor of a blocked writer', async () => {
    const [one, two] = pastors
    if (one === undefined || two === undefined) throw new Error('no pastors')
    const [first, second] = await Promise.all([bookingOf(one.summaryId), bookingOf(two.summaryId)])
    // The read locks both bookings' keys in this order; the writer holds the second and then wants the first.
    const writing = fresh.database.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT FROM booking_keys WHERE id = ${second}::uuid FOR UPDATE`
      reading = read(requestOf(one.viewer, one.summaryId), requestOf(two.viewer, two.summaryId))
      await untilSomebodyWaits()
      await tx.$executeRaw`SELECT FROM booking_keys WHERE id = ${first}::uuid FOR UPDATE`
    })
    let reading: Promise<ReadGrant[]> = Promise.resolve([])
    const [written] = await Promise.allSettled([writing])

    expect((await reading).map(({ kind }) => kind)).toEqual(['granted', 'granted'])
    // Whichever PostgreSQL aborted, the read completes.
    expect(['fulfilled', 'rejected']).toContain(written.status)
    expect(await countReads()).toBe(readsBefore + 2)
  })

  test('if the log rejects everything nobody gets a value, and the statement is not retried for each request', async () => {
    await asSuperuser(async (client) => {
      await client.query('REVOKE INSERT ON audit_logs FROM churchhub')
    }, fresh.url)
    try {
      const outcomes = await Promise.allSettled(
        pastors.map(({ viewer, summaryId }) => read(requestOf(viewer, summaryId))),
      )
      const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.value))
      for (const reason of reasons) expect(reason).toBeInstanceOf(AuditUnavailableError)
      expect(new Set(reasons).size).toBeLessThan(pastorCount / 4)
    } finally {
      await asSuperuser(async (client) => {
        await client.query('GRANT INSERT ON audit_logs TO churchhub')
      }, fresh.url)
    }
    const [first] = pastors
    if (first === undefined) throw new Error('no pastors')
    expect(await read(requestOf(first.viewer, first.summaryId))).toMatchObject([{ kind: 'granted' }])
  })

  test('if the log is locked everybody gets an error within seconds, and the database stays available to others', async () => {
    const [first] = pastors
    if (first === undefined) throw new Error('no pastors')
    const unlock = await lockLog()
    try {
      const startedAt = performance.now()
      const outcomes = Promise.allSettled(pastors.map(({ viewer, summaryId }) => read(requestOf(viewer, summaryId))))
      await wait(200)
      // Only two reads run at once: the rest of the pool stays free for work that doesn't need the log.
      const later = Promise.allSettled(pastors.map(({ viewer, summaryId }) => read(requestOf(viewer, summaryId))))
      await Promise.all(pastors.map(() => fresh.database.booking.count()))
      expect(performance.now() - startedAt).toBeLessThan(2_000)

      for (const outcome of [...(await outcomes), ...(await later)]) {
        expect(outcome).toMatchObject({ reason: expect.any(AuditUnavailableError) })
      }
      expect(performance.now() - startedAt).toBeLessThan(9_000)
    } finally {
      await unlock()
    }
    expect(await read(requestOf(first.viewer, first.summaryId))).toMatchObject([{ kind: 'granted' }])
    expect(await countReads()).toBe(readsBefore + 1)
  })
})
