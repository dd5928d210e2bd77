import { afterEach, beforeEach, expect, test } from 'vitest'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addPerson, createTestIdentities, openTestVault } from '../../../../test/support/parish.ts'
import { dropAuditPartitions } from '../../../features/audit/drop-audit-partitions.ts'
import { systemClock } from '../../../platform/clock.ts'
import { newId } from '../../../platform/ids.ts'
import type { Vault } from '../../vault/vault.ts'
import { verifyUsers } from '../verify/verify-users.ts'
import { sealLog } from './seal-log.ts'

let fresh: FreshDatabase
let vault: Vault
beforeEach(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
})
afterEach(() => fresh.close())

const findings = () => Array.fromAsync(verifyUsers(fresh.database, vault))

test('a dropped month carries over its claims about existing rows, and legitimizes nothing', async () => {
  const { database } = fresh
  const [kept, changed] = [await addPerson(database, 'pastor'), await addPerson(database, 'admin')]
  const identities = createTestIdentities(database)
  for (const { userId } of [kept, changed]) await database.$transaction((tx) => identities.record(tx, userId))
  await asSuperuser(async (client) => {
    await client.query('ALTER TABLE audit_logs DISABLE TRIGGER USER')
    await client.query(`UPDATE audit_logs SET "createdAt" = '2024-01-10'`)
    await client.query('ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_insert_only')
  }, fresh.url)
  await database.$executeRaw`SELECT make_partitions(0)`
  await sealLog({ database, vault, clock: systemClock }, { grace: 0 })
  await database.user.update({ where: { id: changed.userId }, data: { name: 'Somebody else' } })
  await database.systemSetting.create({ data: { id: newId(), key: 'audit.retentionMonths', value: 12 } })
  const log = { error: () => undefined }
  const clock = { now: () => new Date('2025-06-01') }
  expect(await dropAuditPartitions({ database, vault, clock, log })).toEqual({ dropped: 1, kept: 0 })
  expect(await database.auditLog.count({ where: { action: 'user.identity_recorded' } })).toBe(0)
  expect(await database.auditLog.count({ where: { action: 'audit.carried_over' } })).toBe(2)
  expect(await findings()).toMatchObject([{ kind: 'user_changed', detail: expect.stringContaining(changed.userId) }])
})
