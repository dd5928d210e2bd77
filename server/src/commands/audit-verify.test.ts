import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { record, recordPast, tamper } from '../../test/support/audit-log.ts'
import { type FreshDatabase, freshDatabase } from '../../test/support/database.ts'
import { openTestVault } from '../../test/support/parish.ts'
import { sealAuditLog } from '../features/audit/seal-audit-log.ts'
import { systemClock } from '../platform/clock.ts'

let fresh: FreshDatabase
let home: string
beforeAll(async () => {
  fresh = await freshDatabase()
  home = await mkdtemp(join(tmpdir(), 'churchhub-verify-'))
})
afterAll(async () => {
  await fresh.close()
  await rm(home, { recursive: true })
})

/** Runs the command like npm. The key is that of openTestVault. */
function verify(env: Record<string, string> = {}): Promise<{ code: number; output: string; errors: string }> {
  const passedOn = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }
  const given = { DATABASE_URL: fresh.url, ENCRYPTION_KEY: '07'.repeat(32), CHURCHHUB_HOME: home }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'audit-verify.ts')],
      { env: { ...passedOn, CALCOM_WEBHOOK_SECRET: 'a-secret-of-some-length-for-tests', ...given, ...env } },
      (error, output, errors) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors }),
    )
  })
}

test('the command exits with 0, 1 or 2, and names the row and the kind of tampering', { timeout: 60_000 }, async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const vault = await openTestVault(fresh.database)
  const ids = await recordPast(fresh.database, '2025-04-01T00:00:00Z', 12)
  await sealAuditLog(
    {
      database: fresh.database,
      vault,
      clock: systemClock,
      log,
      mailer: null,
      env: { home, auditWitness: { files: [], addresses: [] } },
    },
    { grace: 0 },
  )
  await record(fresh.database, 2)

  const whole = await verify()
  expect(whole).toMatchObject({ code: 0, errors: '' })
  expect(whole.output).toMatch(/^Looked at 12 rows under 1 seal\.\nNot yet sealed: 2 rows, the oldest of 20/)
  expect(whole.output).toMatch(/Looked at 1 head outside the database\.[\s\S]*The audit log is as it was sealed\.\n$/)

  await tamper(fresh.url, [`UPDATE audit_logs SET action = 'session.signed_out' WHERE id = $1`, ids[4]])
  const edited = await verify()
  expect(edited.code).toBe(1)
  expect(edited.output.split('\n')[0]).toBe(
    `EDITED row ${ids[4]} of 2025-04-01T00:00:04.000Z (seal 1): it differs from what was sealed`,
  )
  expect(edited.output).toMatch(/The audit log is NOT as it was sealed\.\n$/)

  const unreachable = await verify({ DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/none' })
  expect(unreachable).toMatchObject({
    code: 2,
    output: '',
    errors: expect.stringMatching(/^The database server .*\n$/),
  })
  expect(await verify({ ENCRYPTION_KEY: '08'.repeat(32) })).toMatchObject({ code: 2, output: '' })
})
