import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { record, recordPast, tamper } from '../../../test/support/audit-log.ts'
import { asSuperuser, type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addBooking, addFormResponse, addPerson, addSummary, openTestVault } from '../../../test/support/parish.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { headFileName } from '../../core/audit/seal/head-file-name.ts'
import type { Finding } from '../../core/audit/verify/findings.ts'
import type { Vault } from '../../core/vault/vault.ts'
import { systemClock } from '../../platform/clock.ts'
import { sealAuditLog } from './seal-audit-log.ts'
import { type AuditReport, verifyAuditLog } from './verify-audit-log.ts'

let fresh: FreshDatabase
let vault: Vault
let home: string
let logged: unknown[]
let auditWitness: { files: string[]; addresses: string[] }
beforeEach(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  home = await mkdtemp(join(tmpdir(), 'churchhub-heads-'))
  logged = []
  auditWitness = { files: [], addresses: [] }
})
afterEach(async () => {
  await fresh.close()
  await rm(home, { recursive: true })
})

function seal() {
  const note = (level: string) => (fields: unknown) => void logged.push([level, fields])
  const log = { info: note('info'), warn: note('warn'), error: note('error') }
  return sealAuditLog(
    { database: fresh.database, vault, clock: systemClock, log, mailer: null, env: { home, auditWitness } },
    { grace: 0, segmentRows: 5 },
  )
}

async function verify(...more: string[]): Promise<{ findings: Finding[]; report: AuditReport }> {
  const findings: Finding[] = []
  const files = [
    { path: join(home, headFileName), kind: 'own' } as const,
    ...more.map((path) => ({ path, kind: 'given' }) as const),
    ...auditWitness.files.map((path) => ({ path, kind: 'witness' }) as const),
  ]
  const report = await verifyAuditLog({ database: fresh.database, vault }, files, (finding) => findings.push(finding))
  return { findings, report }
}

describe('the head outside the database', () => {
  test('is the newest seal, in the file and in the server’s log', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 12)
    await seal()
    const { digest, mac, createdAt } = await fresh.database.auditSeal.findFirstOrThrow({ where: { number: 3 } })
    const head = { number: 3, digest, mac, sealedAt: createdAt.toISOString() }
    expect(await readFile(join(home, headFileName), 'utf8')).toBe(`${JSON.stringify(head)}\n`)
    expect(logged).toEqual([['info', head]])
    await seal()
    expect(logged).toHaveLength(1)
  })

  test('is written by the next run if a run crashed before writing it', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 12)
    await seal()
    await rm(join(home, headFileName))
    await seal()
    expect((await verify()).report).toMatchObject({ heads: 1 })
  })

  // Fails without verifyHeads: the remaining rows are consistent by themselves.
  test('reveals a tail that was cut off together with its seals, even after new rows were sealed', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 12)
    await seal()
    expect((await verify()).findings).toEqual([])
    await tamper(
      fresh.url,
      ['DELETE FROM audit_seals WHERE number = 3'],
      [`DELETE FROM audit_logs WHERE "createdAt" >= (SELECT max(until) FROM audit_seals)`],
    )
    expect((await verify()).findings).toMatchObject([{ kind: 'cut_off', seal: 3 }])
    await record(fresh.database, 2)
    await seal()
    expect(logged).toContainEqual(['error', { number: 3 }])
    expect((await verify()).findings).toMatchObject([{ kind: 'cut_off', seal: 3 }])
  })

  test('reveals a database without any seal, as does a head stored elsewhere', async () => {
    await recordPast(fresh.database, '2025-04-01T00:00:00Z', 3)
    await seal()
    const logFile = join(home, 'server.log')
    await writeFile(logFile, await readFile(join(home, headFileName), 'utf8'))
    await rm(join(home, headFileName))
    await tamper(fresh.url, ['DELETE FROM audit_seals'])
    expect((await verify()).findings).toMatchObject([{ kind: 'unsealed' }])
    expect((await verify(logFile)).findings).toMatchObject([{ kind: 'cut_off', seal: 1 }, { kind: 'unsealed' }])
  })
})

test('rows that are not yet sealed are counted, and reported only once they are old', async () => {
  await record(fresh.database, 3)
  expect(await verify()).toMatchObject({ findings: [], report: { seals: 0, rows: 0, unsealed: { rows: 3 } } })
  await seal()
  await fresh.database.$executeRaw`SELECT pg_sleep(0.01)`
  expect((await verify()).report).toMatchObject({ seals: 1, rows: 3, unsealed: { rows: 0, oldest: null }, heads: 1 })
})

describe('a replayed older ciphertext', () => {
  const setColumn = (columnName: string, id: string, sealed: string) => {
    const [table, column] = columnName.split('.')
    return asSuperuser(
      (client) => client.query(`UPDATE ${table} SET "${column}" = $2 WHERE id = $1`, [id, sealed]),
      fresh.url,
    )
  }

  /** Encrypts again, with an audit entry. */
  async function note(
    action: 'intake.sealed' | 'summary.written' | 'form_response.sealed' | 'vault.resealed',
    about: {
      resource: 'booking' | 'context_summary' | 'form_response'
      column: string
      bookingId: string
      id: string
      sealed: string
    },
  ) {
    const sealedDigest = vault.digestOf(about.sealed)
    const common = {
      resource: about.resource,
      resourceId: about.id,
      bookingId: about.bookingId,
      userId: null,
      origin: null,
    }
    const entries = {
      'intake.sealed': { action: 'intake.sealed', metadata: { sealedDigest }, ...common },
      'form_response.sealed': { action: 'form_response.sealed', metadata: { sealedDigest }, ...common },
      'summary.written': { action: 'summary.written', metadata: { sealedDigest, method: 'rule-based' }, ...common },
      'vault.resealed': { action: 'vault.resealed', metadata: { sealedDigest, column: about.column }, ...common },
    } as const
    await fresh.database.$transaction((tx) => recordAudit(tx, [entries[action]]))
  }

  const cases = [
    ['bookings.encryptedIntakeData', 'booking', 'intake.sealed'],
    ['context_summaries.encryptedSummary', 'context_summary', 'summary.written'],
    ['form_responses.encryptedData', 'form_response', 'form_response.sealed'],
  ] as const

  // Fails if isNewest always returns true.
  test.each(cases)('in %s is detected, although it decrypts', async (column, resource, action) => {
    const deps = { database: fresh.database, vault }
    const pastor = await addPerson(fresh.database, 'pastor')
    const bookingId = await addBooking(deps, pastor)
    const ids = {
      booking: bookingId,
      context_summary: await addSummary(deps, pastor, bookingId, 'words'),
      form_response: await addFormResponse(deps, pastor, bookingId, []),
    }
    const aadContext = { column, rowId: ids[resource], ownerId: pastor.userId }
    const about = { resource, column, bookingId, id: ids[resource] }
    const [first, second, third] = [
      await vault.encrypt('1', aadContext),
      await vault.encrypt('2', aadContext),
      await vault.encrypt('2', aadContext),
    ]

    const rolledBack = async () => (await verify()).findings.filter(({ kind }) => kind === 'rolled_back')
    expect((await verify()).report).toMatchObject({ values: 0, unknown: 4 })
    await setColumn(column, ids[resource], first)
    await note(action, { ...about, sealed: first })
    // A node whose clock was two hours ahead wrote it, so its entries have the newest IDs for two hours.
    await agedBy('-2 hours')
    await setColumn(column, ids[resource], second)
    await note(action, { ...about, sealed: second })
    expect(await rolledBack()).toEqual([])
    expect((await verify()).report).toMatchObject({ values: 1, unknown: 3 })
    await setColumn(column, ids[resource], first)
    expect(await rolledBack()).toMatchObject([
      { kind: 'rolled_back', detail: expect.stringContaining('an older value') },
    ])

    await setColumn(column, ids[resource], third)
    expect(await rolledBack()).toMatchObject([
      { kind: 'rolled_back', detail: expect.stringContaining('no entry of this value') },
    ])
    await note('vault.resealed', { ...about, sealed: third })
    expect(await rolledBack()).toEqual([])
    await setColumn(column, ids[resource], second)
    expect(await rolledBack()).toMatchObject([{ kind: 'rolled_back' }])
  })

  /** The log isn't sealed here, so entries can be backdated. */
  async function agedBy(interval: string) {
    await asSuperuser(async (client) => {
      await client.query('ALTER TABLE audit_logs DISABLE TRIGGER USER')
      await client.query(
        `UPDATE audit_logs SET id = (lpad(to_hex((('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
          - extract(epoch FROM $1::interval)::bigint * 1000)), 12, '0') || substr(translate(id::text, '-', ''), 13))::uuid`,
        [interval],
      )
      await client.query('ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_insert_only')
    }, fresh.url)
  }
})
