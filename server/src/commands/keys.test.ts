import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createEmptyDatabase, type FreshDatabase, freshDatabase } from '../../test/support/database.ts'
import {
  addOneOfEach,
  ciphertextAt,
  plaintextAt,
  valuesUnder,
  writeCiphertextAt,
} from '../../test/support/encrypted-values.ts'
import { encryptedColumnNames } from '../core/keys/encrypted-columns.ts'
import { openVault, type Vault } from '../core/vault/vault.ts'
import { systemClock } from '../platform/clock.ts'
import { Secret } from '../platform/secret.ts'

const key = Buffer.alloc(32, 3)
const nextKey = Buffer.alloc(32, 4)
const run = promisify(execFile)

let fresh: FreshDatabase
let vault: Vault
// A test starts up to five processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })

let home: string
beforeAll(async () => {
  fresh = await freshDatabase()
  home = await mkdtemp(join(tmpdir(), 'churchhub-keys-'))
  vault = await openVault({ database: fresh.database, masterKey: new Secret(key), clock: systemClock })
})
afterAll(async () => {
  await fresh.close()
  await rm(home, { recursive: true, force: true })
})

type Ended = Readonly<{ code: number; stdout: string; stderr: string }>

/** Runs the command like npm. Its output contains no key, in any encoding. */
async function keys(args: string[], variables: Readonly<Record<string, string>> = {}, url = fresh.url): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    DATABASE_URL: url,
    ENCRYPTION_KEY: key.toString('base64'),
    // Set to empty, so that a developer's .env has no effect.
    ENCRYPTION_KEY_PREVIOUS: '',
    CALCOM_WEBHOOK_SECRET: 'a secret of these tests',
    CHURCHHUB_HOME: home,
    ...variables,
  }
  const ended = await run(process.execPath, [join(import.meta.dirname, 'keys.ts'), ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    // execFile rejects with the exit code and both outputs on the error.
    (error: Ended) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  )
  const rows = await fresh.database.dataKey.findMany()
  const secrets = [key, nextKey].flatMap((one) => [
    one.toString('base64'),
    one.toString('hex'),
    one.toString('base64url'),
  ])
  for (const secret of [...secrets, ...rows.flatMap((row) => [row.wrappedKey ?? [], row.wrappedBy].flat())]) {
    expect(ended.stdout + ended.stderr).not.toContain(secret)
  }
  return ended
}

test('status shows the state and values of each key, and exits with 0', async () => {
  await addOneOfEach({ database: fresh.database, vault })
  const { keyId: auditKeyId } = await vault.mac('a text')
  const { code, stdout } = await keys(['status'])
  const [inUse] = await fresh.database.dataKey.findMany({ where: { purpose: 'seal' } })
  expect(stdout).toContain(`${inUse?.id}  in use: made ${inUse?.createdAt.toISOString()}, under ENCRYPTION_KEY`)
  expect(stdout).toMatch(/bookings\.encryptedIntakeData +1\n/)
  expect(stdout).toContain(`${auditKeyId}  vouches for the audit log`)
  const next = new Date((inUse?.createdAt.getTime() ?? 0) + 90 * 86_400_000)
  expect(stdout).toContain(`Next rotation: ${next.toISOString()}`)
  expect(code).toBe(0)
})

test('status --json prints JSON', async () => {
  const { code, stdout } = await keys(['status', '--json'], { ENCRYPTION_KEY_ROTATION_INTERVAL: '30d' })
  expect(JSON.parse(stdout)).toMatchObject({
    keys: [{ state: 'in use', values: expect.arrayContaining([expect.objectContaining({ values: 1 })]) }, {}],
    lost: [],
    isWell: true,
  })
  expect(code).toBe(0)
})

test('rotate creates a new key, enqueues the re-encryption, and is audited', async () => {
  const [old] = await fresh.database.dataKey.findMany({ where: { retiredAt: null } })
  const { code, stdout } = await keys(['rotate'])
  expect(code).toBe(0)
  const [activeKey] = await fresh.database.dataKey.findMany({ where: { retiredAt: null } })
  expect(stdout).toContain(`Created the data key ${activeKey?.id}.`)
  expect(activeKey?.id).not.toBe(old?.id)
  expect(
    await fresh.database.auditLog.count({ where: { action: 'key.rotated', resourceId: activeKey?.id ?? '' } }),
  ).toBe(1)
  const jobs = await fresh.database.$queryRaw<{ data: object }[]>`
    SELECT data FROM pgboss.job WHERE name = 'reseal-values' AND state = 'created'`
  expect(jobs).toEqual([{ data: {} }])
  const after = await keys(['status'])
  expect(after.stdout).toMatch(new RegExp(`${old?.id}  retired: made .*, retired `))
  expect(await valuesUnder(fresh.database, old?.id ?? '')).toBe(encryptedColumnNames.length)
})

test('values that nobody can decrypt need attention', async () => {
  const [intake] = await addOneOfEach({ database: fresh.database, vault })
  if (intake === undefined) throw new Error('addOneOfEach adds one of each')
  const sealed = (await ciphertextAt(fresh.database, intake.context)) ?? ''
  await writeCiphertextAt(fresh.database, intake.context, 'in plaintext')
  const clear = await keys(['status'])
  expect([clear.code, clear.stdout]).toEqual([
    1,
    expect.stringContaining('1 values in bookings.encryptedIntakeData are not sealed text'),
  ])
  await writeCiphertextAt(fresh.database, intake.context, sealed.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.'))
  const unknown = await keys(['status'])
  expect([unknown.code, unknown.stdout]).toEqual([
    1,
    expect.stringContaining('under 0123456789abcdef, which is destroyed or unknown'),
  ])
  await writeCiphertextAt(fresh.database, intake.context, sealed)
})

test('status reports a wrong master key, the others refuse it, and nothing is written', async () => {
  const before = await fresh.database.dataKey.findMany({ orderBy: { id: 'asc' } })
  const wrong = { ENCRYPTION_KEY: nextKey.toString('base64') }
  const status = await keys(['status'], wrong)
  expect([status.code, status.stdout]).toEqual([
    1,
    expect.stringContaining('is under a master key that is not given here'),
  ])
  for (const command of ['rotate', 'rewrap']) {
    const { code, stdout, stderr } = await keys([command], {
      ...wrong,
      ENCRYPTION_KEY_PREVIOUS: Buffer.alloc(32, 9).toString('base64'),
    })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS .*\n$/)
  }
  expect(await fresh.database.dataKey.findMany({ orderBy: { id: 'asc' } })).toEqual(before)
})

test('rewrap changes the master key, reports it, and can be run again', async () => {
  const same = await keys(['rewrap'], { ENCRYPTION_KEY_PREVIOUS: key.toString('base64') })
  expect([same.code, same.stderr]).toEqual([2, expect.stringMatching(/^ENCRYPTION_KEY_PREVIOUS is the same key.*\n$/)])
  const alone = await keys(['rewrap'])
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/^Set ENCRYPTION_KEY to the new key.*\n$/)])

  const both = { ENCRYPTION_KEY: nextKey.toString('base64'), ENCRYPTION_KEY_PREVIOUS: key.toString('base64') }
  const premature = await keys(['status'], both)
  expect([premature.code, premature.stdout]).toEqual([
    1,
    expect.stringContaining('still under ENCRYPTION_KEY_PREVIOUS'),
  ])
  const { code, stdout } = await keys(['rewrap'], both)
  expect([code, stdout]).toEqual([0, expect.stringContaining('Put 3 data keys under ENCRYPTION_KEY; all 3 are now.')])
  const again = await keys(['rewrap'], both)
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('already')])
  // Audited once, by the system, with the affected keys.
  const entries = await fresh.database.auditLog.findMany({ where: { action: 'key.rewrapped' } })
  const keyIds = (await fresh.database.dataKey.findMany({ where: { destroyedAt: null } })).map(({ id }) => id)
  expect(entries).toMatchObject([
    { userId: null, resource: 'data_key', metadata: { keyIds: expect.arrayContaining(keyIds) } },
  ])

  const values = await addOneOfEach({ database: fresh.database, vault })
  const masterKey = new Secret(nextKey)
  const later = await openVault({ database: fresh.database, masterKey, clock: systemClock })
  for (const { context, plaintext } of values)
    expect(await plaintextAt({ database: fresh.database, vault: later }, context)).toBe(plaintext)
  expect((await keys(['status'])).code).toBe(1)
  expect((await keys(['status'], { ENCRYPTION_KEY: nextKey.toString('base64') })).code).toBe(0)
}, 60_000)

test('a database without keys, and an unknown command, are refused in one line', async () => {
  const empty = await createEmptyDatabase()
  const { code, stderr } = await keys(['status'], {}, empty.url)
  await empty.drop()
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^This database has no data keys yet\..*\n$/)])
  expect(await keys(['destroy'])).toMatchObject({ code: 2, stdout: expect.stringContaining('npm run keys:status') })
  expect(await keys(['--help'])).toMatchObject({ code: 0 })
})
