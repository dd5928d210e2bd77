import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../support/database.ts'
import { partitionsOf } from './rows.ts'

let fresh: FreshDatabase
let database: Database
let id: string
beforeAll(async () => {
  fresh = await freshDatabase()
  database = fresh.database
  id = await addEntry('2024-03-10T10:00:00Z')
  await database.$queryRaw`SELECT make_partitions(1)`
  // One more for DEFAULT, which make_partitions has just recreated.
  await addEntry('2023-01-10T10:00:00Z')
})
afterAll(() => fresh.close())

const refusal = 'audit_logs is insert-only'

describe('the audit log is insert-only', () => {
  test.each([
    ['an UPDATE', `UPDATE audit_logs SET action = 'x'`],
    ['a DELETE', `DELETE FROM audit_logs`],
    ['a TRUNCATE', `TRUNCATE audit_logs`],
    ['a TRUNCATE that cascades from users', `TRUNCATE users CASCADE`],
    ['an UPDATE of one month', `UPDATE audit_logs_y2024m03 SET action = 'x'`],
    ['a DELETE of one month', `DELETE FROM audit_logs_y2024m03`],
    ['a TRUNCATE of one month', `TRUNCATE audit_logs_y2024m03`],
    ['an UPDATE of DEFAULT', `UPDATE audit_logs_default SET action = 'x'`],
    ['a DELETE from DEFAULT', `DELETE FROM audit_logs_default`],
    ['a TRUNCATE of DEFAULT', `TRUNCATE audit_logs_default`],
    ['a MERGE', `MERGE INTO audit_logs a USING (SELECT 1) o ON true WHEN MATCHED THEN DELETE`],
  ])('%s is refused to its owner and to a superuser', async (_, sql) => {
    const before = await database.auditLog.findMany()
    expect(before).toHaveLength(2)
    await expect(database.$executeRawUnsafe(sql)).rejects.toThrow(refusal)
    await expect(asSuperuser((client) => client.query(sql), fresh.url)).rejects.toThrow(refusal)
    expect(await database.auditLog.findMany()).toEqual(before)
  })

  test('replica mode, which disables ordinary triggers, is no way around it', async () => {
    const asReplica = (sql: string) =>
      asSuperuser(async (client) => {
        await client.query(`SET session_replication_role = 'replica'`)
        await client.query(sql)
      }, fresh.url)
    await expect(asReplica('DELETE FROM audit_logs')).rejects.toThrow(refusal)
    await expect(asReplica('TRUNCATE audit_logs_y2024m03')).rejects.toThrow(refusal)
  })

  test('every partition is guarded, including against TRUNCATE', async () => {
    expect(await unguardedPartitions(database)).toEqual([])
    // DEFAULT was recreated above; this one comes from a migration.
    await using pristine = await freshDatabase()
    expect(await unguardedPartitions(pristine.database)).toEqual([])
  })

  test('make_partitions moves entries unchanged, and can’t be used to lose one', async () => {
    const moved = await addEntry('2022-05-31T23:59:59.999Z')
    const before = await database.auditLog.findMany({ orderBy: { id: 'asc' } })
    await database.$queryRaw`SELECT make_partitions(1)`
    expect(await database.auditLog.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
    expect((await partitionsOf(database, 'audit_logs'))[moved]).toBe('audit_logs_y2022m05')
    await expect(database.$executeRaw`TRUNCATE audit_logs_y2022m05`).rejects.toThrow(refusal)
    await expect(database.$executeRaw`TRUNCATE audit_logs_default`).rejects.toThrow(refusal)
  })
})

test('an expired month is detached and dropped as a whole, and isn’t recreated automatically', async () => {
  const old = await addEntry('2021-02-10T10:00:00Z')
  await database.$queryRaw`SELECT make_partitions(1)`
  await database.$executeRaw`ALTER TABLE audit_logs DETACH PARTITION audit_logs_y2021m02`
  expect(await database.auditLog.count({ where: { id: old } })).toBe(0)

  // While it is detached, its name is taken: later entries of the month stay in DEFAULT.
  const late = await addEntry('2021-02-11T10:00:00Z')
  await database.$queryRaw`SELECT make_partitions(1)`
  expect((await partitionsOf(database, 'audit_logs'))[late]).toBe('audit_logs_default')

  await database.$executeRaw`DROP TABLE audit_logs_y2021m02`
  await database.$queryRaw`SELECT make_partitions(1)`
  expect((await partitionsOf(database, 'audit_logs'))[late]).toBe('audit_logs_y2021m02')
})

test('without the INSERT privilege nothing is written, and it works again after a GRANT', async () => {
  const user = new URL(fresh.url).username
  await database.$executeRawUnsafe(`REVOKE INSERT ON audit_logs FROM ${user}`)
  await expect(addEntry('2024-03-11T10:00:00Z')).rejects.toThrow()
  await database.$executeRawUnsafe(`GRANT INSERT ON audit_logs TO ${user}`)
  await addEntry('2024-03-11T10:00:00Z')
})

test('the first entry is unchanged', async () => {
  expect(await database.auditLog.findFirst({ where: { id } })).toMatchObject({ action: 'summary.read' })
})

async function addEntry(createdAt: string): Promise<string> {
  const entry = await database.auditLog.create({
    data: {
      id: newId(),
      action: 'summary.read',
      resource: 'context_summary',
      ipAddress: '192.0.2.7',
      metadata: { number: 1.5, list: [null] },
      createdAt: new Date(createdAt),
    },
  })
  return entry.id
}

/** The partitions that lack one of the two triggers, or whose triggers are disabled in replica mode. */
async function unguardedPartitions(of: Database): Promise<unknown[]> {
  return await of.$queryRaw<unknown[]>`
    SELECT i.inhrelid::regclass::text FROM pg_inherits i
    WHERE i.inhparent = 'audit_logs'::regclass AND 2 <> (
      SELECT count(*) FROM pg_trigger t
      WHERE t.tgrelid = i.inhrelid AND t.tgenabled = 'A' AND t.tgname IN ('audit_logs_insert_only', 'audit_logs_no_truncate'))`
}
