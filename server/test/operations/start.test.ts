import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../fakes/free-port.ts'
import { createEmptyDatabase } from '../support/database.ts'

const main = resolve(import.meta.dirname, '../../src/main.ts')
const running = new Set<ChildProcess>()
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'churchhub-start-'))
})
afterEach(async () => {
  for (const child of running) await stop(child, 'SIGTERM')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

type Run = Readonly<{ child: ChildProcess; output(): string; exited: Promise<number | null> }>

/** Starts the server as `npm start` does, with its own home and port. */
function start(home: string, variables: Record<string, string>): Run {
  const { DATABASE_URL: _url, ...environment } = process.env
  const child = spawn(process.execPath, [main], {
    env: { ...environment, NODE_ENV: 'development', CHURCHHUB_HOME: join(directory, home), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code as number | null // the first argument of 'exit'
  })
  return { child, output: () => output, exited }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** Waits until the server is ready. Rejects with its output if it exits instead. */
async function ready(run: Run): Promise<void> {
  const isReady = async () => {
    while (!run.output().includes('ChurchHub is ready')) await once(run.child.stdout ?? run.child, 'data')
    return true
  }
  const ended = run.exited.then(() => false)
  if (!(await Promise.race([isReady(), ended]))) throw new Error(run.output())
}

/** The stderr output and the exit code when the server can't start. */
async function refusal(
  home: string,
  variables: Record<string, string>,
): Promise<{ code: number | null; line: string }> {
  const run = start(home, { LOG_LEVEL: 'silent', ...variables })
  const code = await run.exited
  return { code, line: run.output().trim() }
}

/** The number of sessions that a sign-in with the sample account creates. */
async function accounts(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { name } } }',
      variables: { input: { email: 'miriam@riverside.example', password: 'by-still-waters' } },
    }),
  })
  return response.headers.getSetCookie().filter((cookie) => cookie.startsWith('churchhub_session=')).length
}

describe('npm start', { timeout: 120_000 }, () => {
  it('creates a database, secrets and a sample church, keeps them on restart, and stops cleanly', async () => {
    const port = await freePort()
    const first = start('church', { PORT: String(port) })
    await ready(first)
    expect(first.output()).toMatch(/pastor\s+miriam@riverside\.example\s+by-still-waters/)
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    expect(await accounts(port)).toBe(1)
    const secrets = join(directory, 'church/secrets.json')
    expect((await stat(secrets)).mode & 0o777).toBe(0o600)
    const key = await readFile(secrets, 'utf8')
    first.child.kill('SIGINT')
    expect(await first.exited).toBe(0)

    const second = start('church', { PORT: String(port) })
    await ready(second)
    expect(second.output()).not.toContain('creating the embedded database')
    expect(await readFile(secrets, 'utf8')).toBe(key)
    expect(await accounts(port)).toBe(1)

    const otherServer = await refusal('church', { PORT: String(await freePort()) })
    expect(otherServer.line).toMatch(/^Another ChurchHub \(process \d+\) is running on .*CHURCHHUB_HOME\.$/)
    second.child.kill('SIGTERM')
    second.child.kill('SIGTERM')
    expect(await second.exited).toBe(0)
  })

  it('prints one line if its port is taken, with what to do', async () => {
    const occupiedPort = createServer().listen(0, '127.0.0.1')
    await once(occupiedPort, 'listening')
    const address = occupiedPort.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const { code, line } = await refusal('taken', { PORT: String(port), SAMPLE_DATA: 'off' })
    occupiedPort.close()
    expect(code).toBe(1)
    expect(line).toBe(
      `Port ${port} is in use by another program. Stop that program, or use another port: PORT=${port + 1} npm start`,
    )
  })

  it.each([
    ['the port is closed', 'postgresql://nobody:secret-word@127.0.0.1:1/none'],
    ['it is not a URL', 'not a url with secret-word'],
    ['it is for another kind of database', 'mysql://root:secret-word@127.0.0.1:3306/x'],
  ])('prints one line on what is wrong with DATABASE_URL, without repeating it: %s', async (_why, url) => {
    const { code, line } = await refusal('none', {
      DATABASE_URL: url,
      ENCRYPTION_KEY: '0123456789abcdef0123456789abcdef',
      CALCOM_WEBHOOK_SECRET: 'a webhook secret of its own',
    })
    expect(code).toBe(1)
    expect(line).toContain('DATABASE_URL')
    expect(line.split('\n')).toHaveLength(1)
    expect(line).not.toContain('secret-word')
  })

  it('prints one line on the format of a key, without repeating it', async () => {
    const { code, line } = await refusal('key', { ENCRYPTION_KEY: 'much too short' })
    expect(code).toBe(1)
    expect(line).toContain('ENCRYPTION_KEY')
    expect(line.split('\n')).toHaveLength(1)
    expect(line).not.toContain('much too short')
  })

  it('refuses a key other than the one that encrypted the data, before it writes anything', async () => {
    const run = start('church', { PORT: String(await freePort()), ENCRYPTION_KEY: 'another key of thirty-two chars.' })
    expect(await run.exited).toBe(1)
    expect(run.output()).toContain('ENCRYPTION_KEY')
    const again = start('church', { PORT: String(await freePort()) })
    await ready(again)
    again.child.kill('SIGTERM')
    expect(await again.exited).toBe(0)
  })

  it('prints one line if its home is damaged', async () => {
    await mkdir(join(directory, 'damaged/postgres'), { recursive: true })
    await writeFile(join(directory, 'damaged/postgres/something'), '')
    const { code, line } = await refusal('damaged', {})
    expect(code).toBe(1)
    expect(line).toMatch(/is not a complete PostgreSQL data directory/)
    expect(line.split('\n')).toHaveLength(1)
  })

  it('generates no secrets in production', async () => {
    const { code, line } = await refusal('production', { NODE_ENV: 'production' })
    expect(code).toBe(1)
    expect(line).toMatch(/The server doesn't generate secrets in production.*ENCRYPTION_KEY.*CALCOM_WEBHOOK_SECRET/)
  })
})

describe('npm run db:migrate', { timeout: 60_000 }, () => {
  it('applies pending migrations to DATABASE_URL, needs no secret, and changes nothing the second time', async () => {
    const { url, drop } = await createEmptyDatabase()
    const migrate = async () => {
      const command = resolve(import.meta.dirname, '../../src/commands/db-migrate.ts')
      const { DATABASE_URL: _url, ENCRYPTION_KEY: _key, ...environment } = process.env
      const child = spawn(process.execPath, [command], { env: { ...environment, DATABASE_URL: url } })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const [code] = await once(child, 'exit')
      return { code, output }
    }
    expect(await migrate()).toEqual({ code: 0, output: expect.stringMatching(/^Applied 20250127000000_foundation, /) })
    expect(await migrate()).toEqual({ code: 0, output: 'The database is up to date.\n' })
    await drop()
  })

  // Fails with `migrateDatabase` in place of `migrateChecked`: the database was migrated, the user created.
  it('refuses another church’s key before anything is written, and so does users:create', async () => {
    const { url, drop } = await createEmptyDatabase()
    const database = new Client({ connectionString: url })
    await database.connect()
    // All that a database of an older version stores about its keys.
    await database.query(`CREATE TABLE data_keys (id text, "wrappedKey" text, "wrappedBy" text, "retiredAt" timestamptz,
      "destroyedAt" timestamptz, "createdAt" timestamptz)`)
    await database.query(`INSERT INTO data_keys VALUES ('0123456789abcdef', 'x', 'another', NULL, NULL, now())`)
    const env = {
      ...process.env,
      DATABASE_URL: url,
      ENCRYPTION_KEY: 'b'.repeat(32),
      CALCOM_WEBHOOK_SECRET: 'c'.repeat(32),
    }
    const user = ['--email', 'a@church.example', '--name', 'A', '--church', 'C', '--role', 'admin', '--password-stdin']
    for (const [file, args] of [
      ['db-migrate', []],
      ['users-create', user],
    ] as const) {
      const command = resolve(import.meta.dirname, `../../src/commands/${file}.ts`)
      const child = spawn(process.execPath, [command, ...args], { env })
      child.stdin.end('a password that only tests have\n')
      let output = ''
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const [code] = await once(child, 'exit')
      expect([code, output]).toEqual([
        1,
        expect.stringMatching(/^ENCRYPTION_KEY is not the key .*Nothing was changed\.\n$/),
      ])
    }
    const { rows } = await database.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
    expect(rows).toEqual([{ relname: 'data_keys' }])
    await database.end()
    await drop()
  })
})
