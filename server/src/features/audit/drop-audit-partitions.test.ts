import { afterEach, beforeEach, expect, test } from 'vitest'
import { findingsOf, record, recordPast, tamper } from '../../../test/support/audit-log.ts'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { openTestVault } from '../../../test/support/parish.ts'
import { listAuditPartitions } from '../../core/audit/seal/drop-partition.ts'
import { sealLog } from '../../core/audit/seal/seal-log.ts'
import type { Vault } from '../../core/vault/vault.ts'
import { systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import { dropAuditPartitions } from './drop-audit-partitions.ts'

let fresh: FreshDatabase
let vault: Vault
beforeEach(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  for (const month of ['2024-01', '2024-02', '2024-03']) await recordPast(fresh.database, `${month}-10T00:00:00Z`, 12)
  await record(fresh.database, 3)
  await fresh.database.$executeRaw`SELECT make_partitions(0)`
})
afterEach(() => fresh.close())

const seal = () => sealLog({ database: fresh.database, vault, clock: systemClock }, { grace: 0, segmentRows: 5 })
const keepMonths = (value: number | string) =>
  fresh.database.systemSetting.upsert({
    where: { key: 'audit.retentionMonths' },
    create: { id: newId(), key: 'audit.retentionMonths', value },
    update: { value },
  })
const drop = (now: string) =>
  dropAuditPartitions({
    database: fresh.database,
    vault,
    clock: { now: () => new Date(now) },
    log: { error: () => undefined },
  })
const monthsLeft = async () =>
  (await listAuditPartitions(fresh.database)).map(({ name }) => name).filter((name) => name.includes('2024'))
const verify = () => findingsOf(fresh.database, vault)

test('without a valid retention setting the log is kept forever', async () => {
  await seal()
  expect(await drop('2040-01-01')).toEqual({ dropped: 0, kept: 0 })
  for (const value of [0, -3, 1.5, '12']) {
    await keepMonths(value)
    expect(await drop('2040-01-01')).toEqual({ dropped: 0, kept: 0 })
  }
  expect(await monthsLeft()).toHaveLength(3)
})

test('whole expired months are dropped, their seals remain, and a receipt accounts for them', async () => {
  await seal()
  const seals = await fresh.database.auditSeal.count()
  await keepMonths(12)
  expect(await drop('2025-02-28T23:59:59Z')).toEqual({ dropped: 1, kept: 0 })
  expect(await drop('2025-03-01T00:00:00Z')).toEqual({ dropped: 1, kept: 0 })
  expect(await drop('2025-03-01T00:00:00Z')).toEqual({ dropped: 0, kept: 0 })
  expect(await monthsLeft()).toEqual(['audit_logs_y2024m03'])
  expect(await fresh.database.auditSeal.count()).toBe(seals)
  expect(await fresh.database.auditSeal.count({ where: { leaves: null } })).toBe(6)
  const receipts = await fresh.database.auditLog.findMany({ where: { action: 'audit.partition_dropped' } })
  expect(receipts.map(({ resourceId }) => resourceId).sort()).toEqual(['audit_logs_y2024m01', 'audit_logs_y2024m02'])
  expect(await verify()).toEqual({ findings: [], tally: { seals, rows: 15, droppedRows: 24 } })
  await seal()
  expect((await verify()).findings).toEqual([])
})

test('the newest receipt covers all months that retention has dropped since', async () => {
  await seal()
  await keepMonths(12)
  await drop('2025-03-01')
  await seal()
  await tamper(fresh.url, [`DELETE FROM audit_logs WHERE "resourceId" = 'audit_logs_y2024m01'`])
  const { findings, tally } = await verify()
  expect(tally.droppedRows).toBe(24)
  expect(findings).toMatchObject([{ kind: 'removed' }])
})

test('a month that isn’t fully sealed is kept, and so is everything newer', async () => {
  await keepMonths(12)
  expect(await drop('2025-06-01')).toEqual({ dropped: 0, kept: 3 })
  expect(await monthsLeft()).toHaveLength(3)
})

test('a month that was tampered with is kept as evidence', async () => {
  await seal()
  await keepMonths(12)
  await tamper(fresh.url, [`UPDATE audit_logs SET action = 'x' WHERE "createdAt" = '2024-02-10T00:00:03Z'`])
  expect(await drop('2025-06-01')).toEqual({ dropped: 1, kept: 2 })
  expect(await monthsLeft()).toEqual(['audit_logs_y2024m02', 'audit_logs_y2024m03'])
  expect((await verify()).findings).toMatchObject([
    { kind: 'edited', row: { createdAt: new Date('2024-02-10T00:00:03Z') } },
  ])
})

test('a month dropped without a receipt is detected', async () => {
  await seal()
  await tamper(fresh.url, ['DROP TABLE audit_logs_y2024m01'])
  expect((await verify()).findings[0]).toMatchObject({
    kind: 'removed',
    row: { createdAt: new Date('2024-01-10T00:00:00Z') },
  })
})

test('a receipt forged without the key, or copied from another month, is rejected', async () => {
  await seal()
  await keepMonths(12)
  await drop('2025-02-01')
  const forge = `INSERT INTO audit_logs (id, action, resource, metadata)
    SELECT gen_random_uuid(), action, resource, metadata || $1 FROM audit_logs WHERE action = 'audit.partition_dropped'`
  const { digest } = await fresh.database.auditSeal.findFirstOrThrow({ where: { number: 6 } })
  await tamper(
    fresh.url,
    [forge, JSON.stringify({ lastSeal: 6, lastDigest: digest })],
    ['UPDATE audit_seals SET leaves = NULL WHERE number <= 6'],
    [`DELETE FROM audit_logs WHERE "createdAt" < '2024-03-01'`],
  )
  expect((await verify()).findings[0]).toMatchObject({ kind: 'forged', seal: 4 })
})

test('a row that appears in a dropped month is reported as inserted', async () => {
  await seal()
  await keepMonths(12)
  await drop('2025-02-01')
  await recordPast(fresh.database, '2024-01-10T00:00:00Z', 1)
  expect((await verify()).findings).toMatchObject([
    { kind: 'inserted', row: { createdAt: new Date('2024-01-10T00:00:00Z') } },
  ])
})
