import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { record, tamper } from '../../../../test/support/audit-log.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { openTestVault } from '../../../../test/support/parish.ts'
import { sealAuditLog } from '../../../features/audit/seal-audit-log.ts'
import { verifyAuditLog } from '../../../features/audit/verify-audit-log.ts'
import { systemClock } from '../../../platform/clock.ts'
import type { Vault } from '../../vault/vault.ts'
import { headFileName } from '../seal/head-file-name.ts'
import { confirmRestore } from './confirm-restore.ts'
import type { Finding } from './findings.ts'

let fresh: FreshDatabase
let vault: Vault
let home: string
let witness: string
beforeEach(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  home = await mkdtemp(join(tmpdir(), 'churchhub-restore-'))
  witness = join(home, 'witness/audit-head.jsonl')
})
afterEach(async () => {
  await fresh.close()
  await rm(home, { recursive: true })
})

const own = () => join(home, headFileName)

/** Two rows and their seal, with its head in the home and at a witness. */
async function sealMore() {
  await record(fresh.database, 2)
  await fresh.database.$executeRaw`SELECT pg_sleep(0.01)`
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const env = { home, auditWitness: { files: [`${home}/witness/`], addresses: [] } }
  await sealAuditLog({ database: fresh.database, vault, clock: systemClock, log, mailer: null, env }, { grace: 0 })
}

/** Resets the log to a seal, as restoring a dump of that time would. */
const resetTo = (number: number) =>
  tamper(
    fresh.url,
    [`DELETE FROM audit_logs WHERE "createdAt" >= (SELECT until FROM audit_seals WHERE number = ${number})`],
    [`DELETE FROM audit_seals WHERE number > ${number}`],
  )

async function kinds(): Promise<string[]> {
  const found: Finding[] = []
  const files = [{ path: own(), kind: 'own' } as const, { path: witness, kind: 'witness' } as const]
  await verifyAuditLog({ database: fresh.database, vault }, files, (finding) => found.push(finding))
  return found.map(({ kind }) => kind)
}

const confirm = (backup: string) => confirmRestore({ database: fresh.database, vault }, backup, [own(), witness])

test('a receipt explains exactly the seals lost by a restore, and no later rollback', async () => {
  await sealMore()
  const backup = join(home, 'backup')
  await writeFile(backup, await readFile(own(), 'utf8'))
  await sealMore()
  await sealMore()
  expect(await kinds()).toEqual([])
  await resetTo(1)
  expect(await kinds()).toEqual(['cut_off', 'cut_off'])
  expect(await confirm(backup)).toMatchObject({ kind: 'confirmed', head: { number: 1 }, lost: 2 })
  await sealMore()
  await sealMore()
  expect(await kinds()).toEqual([])
  await resetTo(2)
  expect(await kinds()).toEqual(['cut_off', 'cut_off'])
})

test('a receipt with a wrong MAC explains nothing', async () => {
  await sealMore()
  const backup = join(home, 'backup')
  await writeFile(backup, await readFile(own(), 'utf8'))
  await sealMore()
  await resetTo(1)
  await confirm(backup)
  await tamper(fresh.url, [
    `UPDATE audit_logs SET metadata = jsonb_set(metadata, '{mac}', to_jsonb(repeat('0', 64))) WHERE action = 'audit.restored'`,
  ])
  expect(await kinds()).toEqual(['cut_off', 'cut_off'])
})

test('another backup’s head, a file without one, and a tampered log are not confirmed', async () => {
  await sealMore()
  const [backup, empty] = [join(home, 'backup'), join(home, 'empty')]
  await sealMore()
  await writeFile(backup, await readFile(own(), 'utf8'))
  await writeFile(empty, '')
  await tamper(fresh.url, [`UPDATE audit_logs SET resource = 'user' WHERE id = (SELECT id FROM audit_logs LIMIT 1)`])
  expect(await confirm(backup)).toMatchObject({ kind: 'findings' })
  await resetTo(1)
  expect(await confirm(backup)).toMatchObject({ kind: 'not_the_backup', head: { number: 2 } })
  expect(await confirm(empty)).toEqual({ kind: 'no_head' })
  expect(await fresh.database.auditLog.count({ where: { action: 'audit.restored' } })).toBe(0)
})
