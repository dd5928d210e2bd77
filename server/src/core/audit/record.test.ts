import { afterAll, beforeAll, expect, test } from 'vitest'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../test/support/parish.ts'
import { newId } from '../../platform/ids.ts'
import { type AuditRow, digestOfAuditRow } from './canonical.ts'
import { AuditUnavailableError } from './errors.ts'
import { type AuditEntry, recordAudit } from './record.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())

const digest = 'ab'.repeat(32)
const entry = (change: Partial<AuditEntry> = {}): AuditEntry =>
  ({
    action: 'summary.read',
    resource: 'context_summary',
    resourceId: newId(),
    userId: null,
    bookingId: null,
    origin: testOrigin,
    metadata: { sealedDigest: digest },
    ...change,
  }) as AuditEntry // a spread of parts can't be narrowed to one member of the union

test('entries are written unchanged, nulls included, in one statement', async () => {
  const viewer = await addPerson(fresh.database, 'pastor')
  const entries = [
    entry({ userId: viewer.userId }),
    entry({ origin: null, resourceId: null }),
    entry({ action: 'session.signed_out', resource: 'session', metadata: {} }),
  ]
  await fresh.database.$transaction((tx) => recordAudit(tx, entries))
  const rows = await fresh.database.auditLog.findMany({ orderBy: { id: 'asc' } })
  expect(rows).toMatchObject([
    { action: 'summary.read', userId: viewer.userId, ...testOrigin, metadata: { sealedDigest: digest } },
    { action: 'summary.read', userId: null, resourceId: null, ipAddress: null, userAgent: null },
    { action: 'session.signed_out', resource: 'session', metadata: null },
  ])
})

test('no entries send no statement', async () => {
  await expect(fresh.database.$transaction((tx) => recordAudit(tx, []))).resolves.toBeUndefined()
})

test('a rollback of the transaction removes its entries', async () => {
  const recorded = entry()
  const rolledBack = fresh.database.$transaction(async (tx) => {
    await recordAudit(tx, [recorded])
    throw new Error('changed my mind')
  })
  await expect(rolledBack).rejects.toThrow('changed my mind')
  expect(await fresh.database.auditLog.count({ where: { resourceId: recorded.resourceId } })).toBe(0)
})

test('free text, names and unknown fields in metadata make the log refuse the whole entry', async () => {
  const disallowed: unknown[] = [
    { sealedDigest: 'Maria came about her marriage' },
    { sealedDigest: digest, note: 'Maria' },
    { job: 'Maria came about her marriage' },
  ]
  for (const metadata of disallowed) {
    const invalid = { ...entry(), metadata } as AuditEntry // test at run time what the compiler rejects
    await expect(fresh.database.$transaction((tx) => recordAudit(tx, [invalid]))).rejects.toThrow(AuditUnavailableError)
  }
})

test('an unavailable log ends the transaction with AUDIT_UNAVAILABLE, and works again afterwards', async () => {
  const owner = new URL(fresh.url).username
  const person = await addPerson(fresh.database, 'pastor')
  const rename = (name: string) =>
    fresh.database.$transaction(async (tx) => {
      await tx.user.update({ where: { id: person.userId }, data: { name } })
      await recordAudit(tx, [entry()])
    })
  await asSuperuser((client) => client.query(`REVOKE INSERT ON audit_logs FROM ${owner}`), fresh.url)
  try {
    await expect(rename('changed')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    await expect(fresh.database.user.count({ where: { name: 'changed' } })).resolves.toBe(0)
  } finally {
    await asSuperuser((client) => client.query(`GRANT INSERT ON audit_logs TO ${owner}`), fresh.url)
  }
  await rename('changed')
  await expect(fresh.database.user.count({ where: { name: 'changed' } })).resolves.toBe(1)
})

// Fails without `SET lock_timeout` in `record_audit`: the first wait ended with the statement, as UNAVAILABLE.
test('a locked log is waited for only once: then every entry is refused until it is unlocked', async () => {
  const write = () => fresh.database.$transaction((tx) => recordAudit(tx, [entry()]))
  await asSuperuser(async (client) => {
    await client.query('BEGIN; LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE')
    const first = write()
    await expect(first).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    // More than the pool has connections: none of them waits.
    const others = await Promise.allSettled(Array.from({ length: 40 }, write))
    expect(others.map(({ status }) => status)).toEqual(Array(40).fill('rejected'))
    await client.query('COMMIT')
  }, fresh.url)
  await write()
})

test('a row read twice has the same canonical form', async () => {
  const recorded = entry({
    action: 'booking.updated',
    resource: 'booking',
    metadata: { changed: ['title'], sequence: 2 },
  })
  await fresh.database.$transaction((tx) => recordAudit(tx, [recorded]))
  const where = { resourceId: recorded.resourceId }
  const byPrisma = await fresh.database.auditLog.findFirstOrThrow({ where })
  const [bySql] = await fresh.database.$queryRaw<AuditRow[]>`
    SELECT id, "createdAt", "userId", "bookingId", action, resource, "resourceId",
           host("ipAddress") AS "ipAddress", "userAgent", metadata
    FROM audit_logs WHERE id = ${byPrisma.id}::uuid`
  expect(bySql && digestOfAuditRow(bySql)).toBe(digestOfAuditRow(byPrisma))
})
