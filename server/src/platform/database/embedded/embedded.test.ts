import { chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createEmbeddedHome,
  type EmbeddedHome,
  holderPath,
  kill,
  queryAt,
  until,
} from '../../../../test/support/embedded-home.ts'
import type { EmbeddedPostgres } from './embedded.ts'
import { isAlive } from './process-table.ts'

// Each start is a separate process, slow on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isRoot = process.getuid?.() === 0

let home: EmbeddedHome
beforeAll(async () => {
  home = await createEmbeddedHome()
})
afterAll(() => home[Symbol.asyncDispose]())

describe('the embedded PostgreSQL', () => {
  let server: EmbeddedPostgres
  beforeAll(async () => {
    server = await home.start()
  })
  // Later starts reuse the home this one leaves.
  afterAll(() => home.stop(server))

  test('accepts local connections with the right password only, and persists commits', async () => {
    const url = new URL(server.url)
    expect([url.hostname, url.pathname, url.username]).toEqual(['127.0.0.1', '/churchhub', 'churchhub'])
    expect(
      await queryAt(
        server.superuserUrl,
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
      current_setting('listen_addresses') AS listen, current_setting('unix_socket_directories') AS sockets, current_setting('TimeZone') AS zone`,
      ),
    ).toEqual([{ fsync: 'on', commit: 'on', listen: '127.0.0.1', sockets: '', zone: 'UTC' }])
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address !== undefined && !address.internal && address.family === 'IPv4')
    if (outside !== undefined) {
      url.hostname = outside.address
      await expect(queryAt(url.href, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    }

    const wrong = new URL(server.url)
    wrong.password = 'guess'
    await expect(queryAt(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
    expect(await readFile(join(home.home, 'postgres', 'pg_hba.conf'), 'utf8')).not.toMatch(
      /^[^#].*\b(trust|password|md5)\b/m,
    )
  })

  test('is owned by a user that is not a superuser', async () => {
    expect(
      await queryAt(
        server.url,
        `SELECT rolsuper, pg_get_userbyid(datdba) AS owner FROM pg_roles, pg_database
      WHERE rolname = current_user AND datname = current_database()`,
      ),
    ).toEqual([{ rolsuper: false, owner: 'churchhub' }])
    await queryAt(server.url, 'CREATE TABLE t (a int)')
  })

  test('keeps its password and log private', async () => {
    for (const name of ['postgres-password', 'postgres.log', 'server.pid']) {
      expect([name, ((await stat(join(home.home, name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
    }
    expect(((await stat(join(home.home, 'postgres'))).mode & 0o777).toString(8)).toBe('700')
    expect((await stat(home.home)).mode & 0o066).toBe(0)
  })

  test.runIf(isRoot)('runs as another user when started by root', async () => {
    const status = await readFile(`/proc/${await home.postmasterPid()}/status`, 'utf8').catch(() => 'Uid:\t1')
    expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).not.toBe('0')
  })

  test('logs nothing that people typed', async () => {
    await queryAt(server.url, 'CREATE TABLE typed (a text CHECK (length(a) < 5), b int UNIQUE)')
    for (const sql of [
      `INSERT INTO typed VALUES ('geheimnis')`,
      `INSERT INTO typed VALUES ('geh', 4711), ('geh', 4711)`,
      `SELECT 'geheimnis' FROM nowhere`,
    ]) {
      await expect(queryAt(server.url, sql)).rejects.toThrow()
    }
    const text = await readFile(join(home.home, 'postgres.log'), 'utf8')
    expect(text).toContain('violates check constraint')
    expect(text).not.toMatch(/geh|4711/)
  })
})

describe('a first start', () => {
  let at: EmbeddedHome
  beforeEach(async () => {
    at = await createEmbeddedHome()
  })
  afterEach(() => at[Symbol.asyncDispose]())

  test('starts over if it was killed halfway', async () => {
    const holder = at.run(process.execPath, [holderPath, at.home], { stdio: 'ignore' })
    await until(async () =>
      (await readdir(at.home).catch(() => [])).some((name) => name.startsWith('postgres.unfinished-')),
    )
    await kill(holder)
    expect(await readdir(at.home)).not.toContain('postgres')

    const postgres = await at.start()
    expect(await queryAt(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect((await readdir(at.home)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log', 'server.pid'])
  })

  test('replaces an empty directory', async () => {
    await mkdir(join(at.home, 'postgres'), { recursive: true })
    expect(await queryAt((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test.runIf(isRoot)('works as root below a directory that other users can’t enter', async () => {
    await chmod(at.parent, 0o700)
    const first = await at.start()
    expect(await queryAt(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await at.stop(first)
    expect(await queryAt((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('the next start', () => {
  let at: EmbeddedHome
  beforeEach(async () => {
    at = await createEmbeddedHome(home.home)
  })
  afterEach(() => at[Symbol.asyncDispose]())

  test('keeps data and password, and leaves no process of the previous one behind', async () => {
    const first = await at.start()
    await queryAt(first.url, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await at.postmasterPid()
    await at.stop(first)
    expect(await isAlive(pid)).toBe(false)
    expect(await readdir(at.home)).not.toContain('server.pid')
    const second = await at.start()
    expect(new URL(second.url).password).toBe(new URL(first.url).password)
    expect(await queryAt(second.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('with the password file lost creates a new one and keeps the data', async () => {
    const first = await at.start()
    await queryAt(first.url, 'CREATE TABLE kept (a int)')
    await at.stop(first)
    await rm(join(at.home, 'postgres-password'))
    const second = await at.start()
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password)
    expect(await queryAt(second.url, 'SELECT a FROM kept')).toEqual([])
    await expect(
      queryAt(first.url.replace(new URL(first.url).port, new URL(second.url).port), 'SELECT 1'),
    ).rejects.toThrow('password authentication failed')
  })

  test.each([
    [
      'its version file is missing',
      (dataDir: string) => rm(join(dataDir, 'PG_VERSION')),
      /is not a complete PostgreSQL data directory\. Restore it/,
    ],
    [
      'its control file is empty',
      (dataDir: string) => truncate(join(dataDir, 'global', 'pg_control')),
      /is not a complete PostgreSQL data directory\. Restore it/,
    ],
    [
      'it belongs to another PostgreSQL version',
      (dataDir: string) => writeFile(join(dataDir, 'PG_VERSION'), '14\n'),
      /was created by PostgreSQL 14, and this ChurchHub includes 18\./,
    ],
    [
      'its configuration is broken',
      (dataDir: string) => writeFile(join(dataDir, 'postgresql.conf'), 'nonsense = 1\n'),
      /The embedded database did not start: .*Its log is /,
    ],
  ])('says so in one line and touches nothing when %s', async (_, damage, line) => {
    await at.stop(await at.start())
    const dataDir = join(at.home, 'postgres')
    await damage(dataDir)
    const before = (await readdir(dataDir)).toSorted()
    await expect(at.start()).rejects.toMatchObject({ code: 'CONFIGURATION', message: expect.stringMatching(line) })
    await expect(at.start()).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
    expect((await readdir(dataDir)).toSorted()).toEqual(before)
    expect(await readdir(at.home)).not.toContain('server.pid')
  })
})
