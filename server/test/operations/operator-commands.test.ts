import { execFile } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headFileName } from '../../src/core/audit/seal/head-file-name.ts'
import { signIn } from '../../src/features/users/sessions/sign-in.ts'
import {
  cloneOf,
  createAuditedChurch,
  openTestServices,
  sealAll,
  tamperWith,
  temporaryHome,
  variablesOf,
} from '../support/audited-church.ts'
import { testOrigin } from '../support/parish.ts'

let church: Awaited<ReturnType<typeof createAuditedChurch>>
beforeAll(async () => {
  church = await createAuditedChurch()
}, 300_000)
afterAll(() => church.drop())

type Given = Readonly<{ url: string; home?: string; variables?: NodeJS.ProcessEnv; args?: readonly string[] }>

/** Runs a command as npm does. */
function run(command: string, { url, home = church.home, variables = {}, args = [] }: Given) {
  const file = join(import.meta.dirname, `../../src/commands/${command}.ts`)
  const environment = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }
  const env = { ...environment, ...variablesOf(url, home), ...variables }
  return new Promise<{ code: number; output: string; errors: string }>((resolve) => {
    execFile(process.execPath, [file, ...args], { env }, (error, output, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors }),
    )
  })
}

const one = (table: string) => `(SELECT id FROM ${table} ORDER BY id LIMIT 1)`

test.each([
  [0, 'as it was sealed', 'SELECT 1'],
  [
    10,
    'MISSING',
    `UPDATE bookings SET "encryptedIntakeData" = NULL WHERE id = (SELECT id FROM bookings WHERE "encryptedIntakeData" IS NOT NULL LIMIT 1)`,
  ],
  [
    11,
    'WRONG OWNER',
    `UPDATE bookings SET "userId" = (SELECT max(id::text)::uuid FROM users) WHERE "userId" <> (SELECT max(id::text)::uuid FROM users)`,
  ],
  [
    12,
    'USER CHANGED',
    `UPDATE users a SET name = b.name FROM users b WHERE a.role = 'pastor' AND b.role = 'pastor' AND a.id <> b.id`,
  ],
  [
    13,
    'NO ENTRY',
    `INSERT INTO users (id, email, name, "churchName", role, "calUserId", "schedulingUsername", "schedulingLink")
    VALUES (gen_random_uuid(), 'e@e.example', 'E', 'E', 'admin', 'e', 'e', 'e')`,
  ],
  [
    14,
    'ACCESS',
    `INSERT INTO sessions (id, "userId", "expiresAt") VALUES (repeat('a', 64), ${one('users')}, now() + interval '1 day')`,
  ],
  [17, 'GRANT', `UPDATE bookings SET sensitivity = 'Low' WHERE sensitivity = 'High'`],
])('audit:verify exits with %i if it reports %s', { timeout: 60_000 }, async (code, reported, sql) => {
  const { url, drop } = await cloneOf(church.url)
  await tamperWith(url, sql)
  const verified = await run('audit-verify', { url })
  await drop()
  expect(verified).toMatchObject({ code, errors: '', output: expect.stringContaining(reported) })
})

test('a missing witness, a rollback, and the restore that explains it', { timeout: 240_000 }, async () => {
  const backup = await cloneOf(church.url)
  const home = temporaryHome()
  const witness = join(home, 'witness')
  const variables = { AUDIT_WITNESS: witness }
  await copyFile(join(church.home, headFileName), join(home, headFileName))
  await copyFile(join(church.home, headFileName), join(home, 'backup-head'))
  const options = { url: backup.url, home, variables }
  expect(await run('audit-verify', options)).toMatchObject({ code: 16, output: expect.stringContaining('NO WITNESS') })

  // The church continues after the backup.
  const live = await cloneOf(church.url)
  const services = await openTestServices(live.url, home, variables)
  const credentials = { email: 'ellen@riverside.example', password: 'keys-to-the-house' }
  await signIn(services.deps, null, testOrigin, credentials)
  await services.deps.database.$queryRaw`SELECT pg_sleep(0.05)::text`
  await sealAll(services)
  await services.close()
  expect(await readFile(witness, 'utf8')).not.toBe('')
  // A new machine's home: the witness is the only evidence of the restore.
  const rolledBack = await run('audit-verify', options)
  expect(rolledBack).toMatchObject({ code: 7, output: expect.stringContaining('CUT OFF') })

  const refused = await run('restore-confirm', { ...options, args: ['--head', witness] })
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('It is another backup') })
  const confirmed = await run('restore-confirm', { ...options, args: ['--head', join(home, 'backup-head')] })
  expect(confirmed).toMatchObject({ code: 0, errors: '' })
  expect(confirmed.output).toMatch(
    /^The database was restored to seal \d+\. The receipt names 1 lost seal\.\nAll sessions have ended, and API tokens wait for an admin\. Everybody sets a new password by a link\.\n$/,
  )
  expect(await run('audit-verify', options)).toMatchObject({ code: 0 })

  const link = await run('users-password-link', { ...options, args: ['--email', 'ellen@riverside.example'] })
  expect(link.code).toBe(0)
  expect(link.output).toMatch(/^http\S+\/reset-password#token=\S+\nThe link works once, until \S+Z\.\n$/)
  if (process.env.OUTPUTS)
    await writeFile(process.env.OUTPUTS, [rolledBack, confirmed, link].map(({ output }) => output).join('\n'))
  await backup.drop()
  await live.drop()
})
