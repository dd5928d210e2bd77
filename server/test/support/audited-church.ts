import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seedSampleChurch } from '../../../prisma/seed.ts'
import { bootstrap, type Services } from '../../src/bootstrap.ts'
import { headFileName } from '../../src/core/audit/seal/head-file-name.ts'
import type { Finding } from '../../src/core/audit/verify/findings.ts'
import { openVault } from '../../src/core/vault/vault.ts'
import { sealAuditLog } from '../../src/features/audit/seal-audit-log.ts'
import { type HeadFile, verifyAuditLog } from '../../src/features/audit/verify-audit-log.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { readEnv } from '../../src/platform/config/env.ts'
import { createDatabase } from '../../src/platform/database/client.ts'
import { createLog } from '../../src/platform/logging/log.ts'
import { asSuperuser, createEmptyDatabase } from './database.ts'

const encryptionKey = '07'.repeat(32)

/** The configuration of a server over a database, with its own home. */
export function variablesOf(url: string, home: string): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: url,
    ENCRYPTION_KEY: encryptionKey,
    CALCOM_WEBHOOK_SECRET: 'a webhook secret that only tests have',
    CHURCHHUB_HOME: home,
  }
}

/** Opens the server's services over a database, without HTTP and without workers. */
export function openTestServices(url: string, home: string, variables: NodeJS.ProcessEnv = {}): Promise<Services> {
  const env = readEnv({ ...variablesOf(url, home), ...variables })
  return bootstrap({ env, log: createLog({ level: 'silent' }), url, directUrl: url, runsJobs: false })
}

/** Seals the whole audit log and writes the head to the home. */
export async function sealAll({ deps }: Services): Promise<void> {
  await sealAuditLog({ ...deps, log: createLog({ level: 'silent' }) }, { grace: 0 })
}

const homes: string[] = []
process.once('exit', () => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** A temporary home, removed when the process ends. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'churchhub-audited-'))
  homes.push(home)
  return home
}

/** The sample church on its own database. `live` runs before everything is sealed and closed. */
export async function createAuditedChurch(populate: (services: Services) => Promise<void> = async () => undefined) {
  const { url, drop } = await createEmptyDatabase()
  const home = temporaryHome()
  const services = await openTestServices(url, home)
  await seedSampleChurch(services.deps)
  await populate(services)
  await sealAll(services)
  await services.close()
  return { url, home, drop, heads: await readFile(join(home, headFileName), 'utf8') }
}

/** A copy of a database without connections. */
export function cloneOf(url: string) {
  return createEmptyDatabase(new URL(url).pathname.slice(1))
}

/** Runs SQL as the machine's owner, with triggers and foreign keys disabled. */
export function tamperWith(url: string, ...statements: readonly string[]): Promise<void> {
  return asSuperuser(async (client) => {
    await client.query(`SET session_replication_role = 'replica'`)
    await client.query('ALTER TABLE audit_logs DISABLE TRIGGER USER')
    for (const sql of statements) await client.query(sql)
    await client.query('ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_insert_only')
  }, url)
}

/** The findings and counts of a verification. */
export async function verifyDatabase(url: string, files: readonly HeadFile[]) {
  const { database, close } = createDatabase({ url, applicationName: 'churchhub test', maxConnections: 2 })
  try {
    const { encryptionKey: masterKey } = readEnv(variablesOf(url, '/nowhere'))
    const vault = await openVault({ database, masterKey, clock: systemClock })
    const findings: Finding[] = []
    const report = await verifyAuditLog({ database, vault }, files, (finding) => findings.push(finding))
    return { findings, kinds: [...new Set(findings.map(({ kind }) => kind))].sort(), report }
  } finally {
    await close()
  }
}
