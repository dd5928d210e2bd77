import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts'
import { isAlive } from './process-table.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const isRoot = process.getuid?.() === 0
const holderPath = fileURLToPath(new URL('../../../test/embedded-holder.ts', import.meta.url))

let parent: string
let home: string
let log: string[]
let started: EmbeddedPostgres[]
let children: ChildProcess[]
let madeHome: string
beforeAll(async () => {
  madeHome = join(await mkdtemp(join(tmpdir(), 'churchhub-embedded-made-')), 'home')
  await (await startEmbeddedPostgres({ home: madeHome, log: silent })).stop()
})
afterAll(() => rm(dirname(madeHome), { recursive: true, force: true }))

/** Puts a home in its place that an earlier server made: initdb takes longer than all the rest of a test. */
async function useMadeHome(): Promise<void> {
  await promisify(execFile)('cp', ['-a', madeHome, home])
}

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'churchhub-embedded-'))
  // mkdtemp makes directories that only their owner enters; one test is about that, the others are not.
  await chmod(parent, 0o755)
  home = join(parent, 'home')
  log = []
  started = []
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  // What a killed holder left running is stopped by a start on its home.
  if (children.length > 0 && started.length === 0) await start().catch(() => undefined)
  for (const postgres of started) await postgres.stop()
  await rm(parent, { recursive: true, force: true })
})

async function start(at = home): Promise<EmbeddedPostgres> {
  const note = (_: unknown, message: string) => void log.push(message)
  // The structural part of pino's overloads that is used.
  const postgres = await startEmbeddedPostgres({ home: at, log: { info: note, warn: note, error: note } as never })
  started.push(postgres)
  return postgres
}

async function stop(postgres: EmbeddedPostgres): Promise<void> {
  started.splice(started.indexOf(postgres), 1)
  await postgres.stop()
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** Starts a server's process and waits for what it says first. */
async function hold(behaviour = 'stay'): Promise<{ child: ChildProcess; said: string; next(): Promise<string> }> {
  const child = spawn(process.execPath, [holderPath, home, behaviour], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  if (child.stdout === null) throw new Error('the holder has no output')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  return { child, said: await next(), next }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

const postmasterPid = async () => Number.parseInt(await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8'), 10)

describe('a first start', () => {
  test('makes a database that only this machine and the right password reach, and that keeps what it commits', async () => {
    const postgres = await start()
    const url = new URL(postgres.url)
    expect([url.hostname, url.pathname, url.username]).toEqual(['127.0.0.1', '/churchhub', 'churchhub'])
    expect(
      await ask(
        postgres.superuserUrl,
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
      current_setting('listen_addresses') AS listen, current_setting('unix_socket_directories') AS sockets, current_setting('TimeZone') AS zone`,
      ),
    ).toEqual([{ fsync: 'on', commit: 'on', listen: '127.0.0.1', sockets: '', zone: 'UTC' }])
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address !== undefined && !address.internal && address.family === 'IPv4')
    if (outside !== undefined) {
      url.hostname = outside.address
      await expect(ask(url.href, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    }

    const wrong = new URL(postgres.url)
    wrong.password = 'guess'
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
    expect(await readFile(join(home, 'postgres', 'pg_hba.conf'), 'utf8')).not.toMatch(
      /^[^#].*\b(trust|password|md5)\b/m,
    )
  })

  test('gives ChurchHub a user that owns its database and is no superuser', async () => {
    const postgres = await start()
    expect(
      await ask(
        postgres.url,
        `SELECT rolsuper, pg_get_userbyid(datdba) AS owner FROM pg_roles, pg_database
      WHERE rolname = current_user AND datname = current_database()`,
      ),
    ).toEqual([{ rolsuper: false, owner: 'churchhub' }])
    await ask(postgres.url, 'CREATE TABLE t (a int)')
  })

  test('keeps password and log to itself', async () => {
    await start()
    for (const name of ['postgres-password', 'postgres.log', 'server.pid']) {
      expect([name, ((await stat(join(home, name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
    }
    expect(((await stat(join(home, 'postgres'))).mode & 0o777).toString(8)).toBe('700')
    expect((await stat(home)).mode & 0o066).toBe(0)
  })

  test('that is killed in the middle is begun anew', async () => {
    const holder = spawn(process.execPath, [holderPath, home], { stdio: 'ignore' })
    children.push(holder)
    await until(async () =>
      (await readdir(home).catch(() => [])).some((name) => name.startsWith('postgres.unfinished-')),
    )
    await kill(holder)
    expect(await readdir(home)).not.toContain('postgres')

    const postgres = await start()
    expect(await ask(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect((await readdir(home)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log', 'server.pid'])
  })

  test('takes the place of an empty directory', async () => {
    await mkdir(join(home, 'postgres'), { recursive: true })
    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test.runIf(isRoot)('by root works below a directory that nobody else may enter', async () => {
    await chmod(parent, 0o700)
    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await stop(started[0] ?? (await start()))
    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test.runIf(isRoot)('by root runs PostgreSQL as somebody else', async () => {
    await start()
    const status = await readFile(`/proc/${await postmasterPid()}/status`, 'utf8').catch(() => 'Uid:\t1')
    expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).not.toBe('0')
  })
})

describe('the next start', () => {
  beforeEach(useMadeHome)

  test('has the data and the password of the one before, and leaves nothing running behind it', async () => {
    const first = await start()
    await ask(first.url, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await postmasterPid()
    await stop(first)
    expect(await isAlive(pid)).toBe(false)
    expect(await readdir(home)).not.toContain('server.pid')
    const second = await start()
    expect(new URL(second.url).password).toBe(new URL(first.url).password)
    expect(await ask(second.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('with the password file lost makes a new one and keeps the data', async () => {
    const first = await start()
    await ask(first.url, 'CREATE TABLE kept (a int)')
    await stop(first)
    await rm(join(home, 'postgres-password'))
    const second = await start()
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password)
    expect(await ask(second.url, 'SELECT a FROM kept')).toEqual([])
    await expect(ask(first.url.replace(new URL(first.url).port, new URL(second.url).port), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    )
  })

  test.each([
    [
      'its version file is gone',
      (dataDir: string) => rm(join(dataDir, 'PG_VERSION')),
      /is not a whole PostgreSQL data directory\. Put it back/,
    ],
    [
      'its control file is empty',
      (dataDir: string) => truncate(join(dataDir, 'global', 'pg_control')),
      /is not a whole PostgreSQL data directory\. Put it back/,
    ],
    [
      'it is of another PostgreSQL',
      (dataDir: string) => writeFile(join(dataDir, 'PG_VERSION'), '14\n'),
      /was made by PostgreSQL 14, and this ChurchHub brings 18\./,
    ],
    [
      'its configuration is broken',
      (dataDir: string) => writeFile(join(dataDir, 'postgresql.conf'), 'nonsense = 1\n'),
      /The embedded database did not start: .*Its log is /,
    ],
  ])('says so in one line and touches nothing when %s', async (_, damage, line) => {
    await stop(await start())
    const dataDir = join(home, 'postgres')
    await damage(dataDir)
    const before = (await readdir(dataDir)).toSorted()
    await expect(start()).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringMatching(line) })
    await expect(start()).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
    expect((await readdir(dataDir)).toSorted()).toEqual(before)
    expect(await readdir(home)).not.toContain('server.pid')
  })
})

describe('a second server on the same home', () => {
  beforeEach(useMadeHome)

  test('is told so in one line, and the first goes on', async () => {
    const first = await start()
    const { said } = await hold()
    expect(said).toBe(
      `refused Another ChurchHub (process ${process.pid}) is running on ${home}. Stop it first, or give this one another CHURCHHUB_HOME.`,
    )
    await expect(start()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('Another ChurchHub'),
    })
    expect(await ask(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is not imagined where only the number of a dead process came back', async () => {
    // Alive, but not born when the holder of this claim was.
    await writeFile(join(home, 'server.pid'), `${process.ppid}\n12345 another-boot\n`)
    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is not kept away by one that was killed and never collected by its parent', async () => {
    // The shell becomes a sleep, which collects no children.
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${holderPath}" "${home}" & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(shell)
    if (shell.stdout === null) throw new Error('the shell has no output')
    await once(createInterface({ input: shell.stdout }), 'line')
    const holder = Number.parseInt(await readFile(join(home, 'server.pid'), 'utf8'), 10)
    process.kill(holder, 'SIGKILL')
    await until(async () => !(await isAlive(holder)))
    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('of four that start at once one wins', async () => {
    const holders = await Promise.all([hold(), hold(), hold(), hold()])
    expect(holders.filter(({ said }) => said.startsWith('ready '))).toHaveLength(1)
    expect(holders.filter(({ said }) => said.startsWith('refused Another ChurchHub'))).toHaveLength(3)
  })
})

describe('after a kill -9', () => {
  beforeEach(useMadeHome)

  test('of the server its PostgreSQL is stopped properly first, and nothing is lost', async () => {
    const { child, said } = await hold()
    await ask(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await postmasterPid()
    await kill(child)
    expect(await isAlive(pid)).toBe(true)

    const postgres = await start()
    expect(await isAlive(pid)).toBe(false)
    expect(log).toContain('the database of a server that was killed still runs; it is stopped first')
    expect(await ask(postgres.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of the server and its PostgreSQL what was committed is there', async () => {
    const { child, said } = await hold()
    await ask(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await postmasterPid()
    await kill(child)
    process.kill(pid, 'SIGKILL')
    expect(await ask((await start()).url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of PostgreSQL alone it is started again at the same address', async () => {
    const postgres = await start()
    await ask(postgres.url, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    process.kill(await postmasterPid(), 'SIGKILL')
    await until(async () =>
      ask(postgres.url, 'SELECT a FROM kept').then(
        (rows) => rows.length === 1,
        () => false,
      ),
    )
    expect(log).toContain('the embedded database ended by itself and is started again')
    await stop(postgres)
  })

  test('a process that got PostgreSQL’s number is neither taken for it nor harmed', async () => {
    const { child } = await hold()
    const postmaster = await postmasterPid()
    await kill(child)
    process.kill(postmaster, 'SIGKILL')
    await until(async () => !(await isAlive(postmaster)))
    const { uid, gid } = await stat(join(home, 'postgres'))
    const bystander = spawn('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), stdio: 'ignore' })
    children.push(bystander)
    await once(bystander, 'spawn')
    const file = join(home, 'postgres', 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(bystander.pid)))

    expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(bystander.exitCode).toBe(null)
  })
})

describe('the end', () => {
  beforeEach(useMadeHome)

  test('Ctrl-C reaches the server, not PostgreSQL: the server finishes its work and stops it', async () => {
    const { child, next } = await hold()
    const pid = await postmasterPid()
    // What a terminal does: the signal goes to the whole process group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await next()).toBe('stopped')
    expect(await isAlive(pid)).toBe(false)
  })

  test('by an error that nobody caught takes PostgreSQL along', async () => {
    const { child } = await hold('crash')
    const pid = await postmasterPid()
    await once(child, 'exit')
    await until(async () => !(await isAlive(pid)))
  })
})

test('its log repeats nothing of what people typed', async () => {
  await useMadeHome()
  const postgres = await start()
  await ask(postgres.url, 'CREATE TABLE t (a text CHECK (length(a) < 5), b int UNIQUE)')
  for (const sql of [
    `INSERT INTO t VALUES ('geheimnis')`,
    `INSERT INTO t VALUES ('geh', 4711), ('geh', 4711)`,
    `SELECT 'geheimnis' FROM nowhere`,
  ]) {
    await expect(ask(postgres.url, sql)).rejects.toThrow()
  }
  const text = await readFile(join(home, 'postgres.log'), 'utf8')
  expect(text).toContain('violates check constraint')
  expect(text).not.toMatch(/geh|4711/)
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await wait(20)) if (await condition()) return
  throw new Error('waited in vain')
}
