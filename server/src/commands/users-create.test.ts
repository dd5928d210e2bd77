import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/support/database.ts'
import { readUserFlags } from './users-create.ts'

let fresh: FreshDatabase
// A test starts several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())

const admin = ['--email', 'It@Church.example', '--name', 'Ida Tran', '--church', 'St. Mark', '--role', 'admin']

/** Runs the command like `npm run users:create`, on the test's database. */
async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [`${import.meta.dirname}/users-create.ts`, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATABASE_URL: fresh.url,
      ENCRYPTION_KEY: 'k'.repeat(32),
      CALCOM_WEBHOOK_SECRET: 's'.repeat(32),
    },
  })
  child.stdin.end(input)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { stdout, stderr, code }
}

test('creates an admin with a password that is shown once and stored as a hash', async () => {
  const { stdout, stderr, code } = await run(admin)
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  const password =
    /^Made the admin it@church\.example \(id [0-9a-f-]{36}\)\.\nPassword, shown this once: (\S{20})\n$/.exec(
      stdout,
    )?.[1]
  expect(password).toBeDefined()
  const user = await fresh.database.user.findUniqueOrThrow({
    where: { email: 'it@church.example' },
    include: { credential: true },
  })
  expect(user).toMatchObject({
    role: 'admin',
    name: 'Ida Tran',
    churchName: 'St. Mark',
    schedulingLink: '',
    isActive: true,
  })
  expect(user.credential?.passwordHash).toMatch(/^\$argon2id\$/)
})

test('creates a pastor with the password from standard input, which is not shown', async () => {
  const pastor = [
    '--email',
    'ruth@church.example',
    '--name',
    'Ruth Okafor',
    '--church',
    'St. Mark',
    '--cal-username',
    'ruth',
  ]
  const { stdout, code } = await run([...pastor, '--password-stdin'], 'correct horse battery\n')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Made the pastor ruth@church\.example \(id \S+\)\.\n$/)
  const user = await fresh.database.user.findUniqueOrThrow({ where: { email: 'ruth@church.example' } })
  expect(user).toMatchObject({ schedulingUsername: 'ruth', schedulingLink: 'https://cal.com/ruth' })
})

test('an error is one line that names the flag, and nothing is created', async () => {
  const before = await fresh.database.user.count()
  const refusals = [
    await run([...admin, '--password-stdin'], 'short\n'),
    await run(admin.with(1, 'no address')),
    await run(['--email', 'x@church.example']),
    await run([...admin, '--colour', 'blue']),
    await run([...admin, '--password-stdin'], 'StMarkAdmin2026\n'),
  ]
  expect(refusals.map(({ code, stdout }) => ({ code, stdout }))).toEqual(refusals.map(() => ({ code: 1, stdout: '' })))
  expect(refusals[0]?.stderr).toBe('The password must be at least 12 characters.\n')
  expect(refusals[1]?.stderr).toBe('--email must be an email address.\n')
  expect(refusals[2]?.stderr).toBe('Missing: --name, --church, --cal-username.\n')
  expect(refusals[3]?.stderr).toMatch(/^Unknown option '--colour'.*\n$/)
  expect(refusals[4]?.stderr).toMatch(/^The password must not consist of your name, email address or church\./)
  expect(await fresh.database.user.count()).toBe(before)
})

test('a second user with the same address is refused in one line', async () => {
  const duplicate = ['--email', 'again@church.example', ...admin.slice(2)]
  expect((await run(duplicate)).code).toBe(0)
  const { stderr, code } = await run(duplicate)
  expect({ stderr, code }).toEqual({ stderr: 'Another user already has this --email. Nothing was created.\n', code: 1 })
})

test('without flags it shows its usage', async () => {
  const { stdout, code } = await run([])
  expect(code).toBe(0)
  expect(stdout).toContain('npm run users:create -- --email')
})

test('a user who is not in Cal.com gets a unique placeholder username', () => {
  const [one, other] = [readUserFlags(admin), readUserFlags(admin)]
  expect(one.profile.calUserId).toMatch(/^none:/)
  expect(one.profile.calUserId).not.toBe(other.profile.calUserId)
})
