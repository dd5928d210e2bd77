import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isAlive } from '../../src/platform/database/embedded/process-table.ts'
import {
  createEmbeddedHome,
  type EmbeddedHome,
  holderPath,
  kill,
  linesOf,
  queryAt,
  until,
} from '../support/embedded-home.ts'

// Each start is a separate process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isRoot = process.getuid?.() === 0

let home: EmbeddedHome
let at: EmbeddedHome
beforeAll(async () => {
  home = await createEmbeddedHome()
  await home.stop(await home.start())
})
afterAll(() => home[Symbol.asyncDispose]())
beforeEach(async () => {
  at = await createEmbeddedHome(home.home)
})
afterEach(() => at[Symbol.asyncDispose]())

describe('a second server on the same home', () => {
  test('exits with a one-line message, and the first keeps running', async () => {
    const first = await at.start()
    const { message: said } = await at.hold()
    expect(said).toBe(
      `refused Another ChurchHub (process ${process.pid}) is running on ${at.home}. Stop it first, or give this one another CHURCHHUB_HOME.`,
    )
    await expect(at.start()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('Another ChurchHub'),
    })
    expect(await queryAt(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is not assumed if another process reuses a dead server’s PID', async () => {
    // Alive, but started after the holder of this claim.
    await writeFile(join(at.home, 'server.pid'), `${process.ppid}\n12345 another-boot\n`)
    expect(await queryAt((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('can start after the first was killed but not reaped by its parent', async () => {
    // The shell becomes a sleep, which reaps no children.
    const shell = at.run('sh', ['-c', `"${process.execPath}" "${holderPath}" "${at.home}" & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(await linesOf(shell)()).toMatch(/^ready /)
    const holder = Number.parseInt(await readFile(join(at.home, 'server.pid'), 'utf8'), 10)
    process.kill(holder, 'SIGKILL')
    await until(async () => !(await isAlive(holder)))
    expect(await queryAt((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('of four concurrent starts, one wins', async () => {
    const holders = await Promise.all([at.hold(), at.hold(), at.hold(), at.hold()])
    expect(holders.filter(({ message: said }) => said.startsWith('ready '))).toHaveLength(1)
    expect(holders.filter(({ message: said }) => said.startsWith('refused Another ChurchHub'))).toHaveLength(3)
  })
})

describe('after a kill -9', () => {
  test('of the server, its PostgreSQL is first stopped cleanly, and nothing is lost', async () => {
    const { child, message: said } = await at.hold()
    await queryAt(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await at.postmasterPid()
    await kill(child)
    expect(await isAlive(pid)).toBe(true)

    const postgres = await at.start()
    expect(await isAlive(pid)).toBe(false)
    expect(at.log).toContain('the database of a killed server is still running; stopping it first')
    expect(await queryAt(postgres.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of the server and its PostgreSQL, committed data is there', async () => {
    const { child, message: said } = await at.hold()
    await queryAt(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await at.postmasterPid()
    await kill(child)
    process.kill(pid, 'SIGKILL')
    expect(await queryAt((await at.start()).url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of PostgreSQL alone, it is restarted on the same address', async () => {
    const postgres = await at.start()
    await queryAt(postgres.url, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    process.kill(await at.postmasterPid(), 'SIGKILL')
    await until(async () =>
      queryAt(postgres.url, 'SELECT a FROM kept').then(
        (rows) => rows.length === 1,
        () => false,
      ),
    )
    expect(at.log).toContain('the embedded database exited unexpectedly; restarting it')
    await at.stop(postgres)
  })

  test('a process that reuses PostgreSQL’s PID is neither mistaken for it nor harmed', async () => {
    const { child } = await at.hold()
    const postmaster = await at.postmasterPid()
    await kill(child)
    process.kill(postmaster, 'SIGKILL')
    await until(async () => !(await isAlive(postmaster)))
    const { uid, gid } = await stat(join(at.home, 'postgres'))
    const unrelatedProcess = at.run('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), stdio: 'ignore' })
    await once(unrelatedProcess, 'spawn')
    const file = join(at.home, 'postgres', 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(unrelatedProcess.pid)))

    expect(await queryAt((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect([unrelatedProcess.exitCode, unrelatedProcess.signalCode]).toEqual([null, null])
  })
})

describe('shutdown', () => {
  test('on Ctrl-C reaches the server, not PostgreSQL: the server finishes its work and stops it', async () => {
    const { child, next } = await at.hold()
    const pid = await at.postmasterPid()
    // Like a terminal: the signal goes to the whole process group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await next()).toBe('stopped')
    expect(await isAlive(pid)).toBe(false)
  })

  test('on an uncaught error stops PostgreSQL too', async () => {
    const { child } = await at.hold('crash')
    const pid = await at.postmasterPid()
    await once(child, 'exit')
    await until(async () => !(await isAlive(pid)))
  })
})
