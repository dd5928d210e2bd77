import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isAlive } from '../../src/platform/database/embedded/process-table.ts'
import {
  ask,
  createEmbeddedHome,
  type EmbeddedHome,
  holderPath,
  kill,
  linesOf,
  until,
} from '../support/embedded-home.ts'

// Each start is a process of its own, which waits for its turn on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isRoot = process.getuid?.() === 0

let made: EmbeddedHome
let at: EmbeddedHome
beforeAll(async () => {
  made = await createEmbeddedHome()
  await made.stop(await made.start())
})
afterAll(() => made[Symbol.asyncDispose]())
beforeEach(async () => {
  at = await createEmbeddedHome(made.home)
})
afterEach(() => at[Symbol.asyncDispose]())

describe('a second server on the same home', () => {
  test('is told so in one line, and the first goes on', async () => {
    const first = await at.start()
    const { said } = await at.hold()
    expect(said).toBe(
      `refused Another ChurchHub (process ${process.pid}) is running on ${at.home}. Stop it first, or give this one another CHURCHHUB_HOME.`,
    )
    await expect(at.start()).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('Another ChurchHub'),
    })
    expect(await ask(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is not imagined where only the number of a dead process came back', async () => {
    // Alive, but not born when the holder of this claim was.
    await writeFile(join(at.home, 'server.pid'), `${process.ppid}\n12345 another-boot\n`)
    expect(await ask((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is not kept away by one that was killed and never collected by its parent', async () => {
    // The shell becomes a sleep, which collects no children.
    const shell = at.run('sh', ['-c', `"${process.execPath}" "${holderPath}" "${at.home}" & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(await linesOf(shell)()).toMatch(/^ready /)
    const holder = Number.parseInt(await readFile(join(at.home, 'server.pid'), 'utf8'), 10)
    process.kill(holder, 'SIGKILL')
    await until(async () => !(await isAlive(holder)))
    expect(await ask((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('of four that start at once one wins', async () => {
    const holders = await Promise.all([at.hold(), at.hold(), at.hold(), at.hold()])
    expect(holders.filter(({ said }) => said.startsWith('ready '))).toHaveLength(1)
    expect(holders.filter(({ said }) => said.startsWith('refused Another ChurchHub'))).toHaveLength(3)
  })
})

describe('after a kill -9', () => {
  test('of the server its PostgreSQL is stopped properly first, and nothing is lost', async () => {
    const { child, said } = await at.hold()
    await ask(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await at.postmasterPid()
    await kill(child)
    expect(await isAlive(pid)).toBe(true)

    const postgres = await at.start()
    expect(await isAlive(pid)).toBe(false)
    expect(at.log).toContain('the database of a server that was killed still runs; it is stopped first')
    expect(await ask(postgres.url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of the server and its PostgreSQL what was committed is there', async () => {
    const { child, said } = await at.hold()
    await ask(said.replace('ready ', ''), 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    const pid = await at.postmasterPid()
    await kill(child)
    process.kill(pid, 'SIGKILL')
    expect(await ask((await at.start()).url, 'SELECT a FROM kept')).toEqual([{ a: 7 }])
  })

  test('of PostgreSQL alone it is started again at the same address', async () => {
    const postgres = await at.start()
    await ask(postgres.url, 'CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)')
    process.kill(await at.postmasterPid(), 'SIGKILL')
    await until(async () =>
      ask(postgres.url, 'SELECT a FROM kept').then(
        (rows) => rows.length === 1,
        () => false,
      ),
    )
    expect(at.log).toContain('the embedded database ended by itself and is started again')
    await at.stop(postgres)
  })

  test('a process that got PostgreSQL’s number is neither taken for it nor harmed', async () => {
    const { child } = await at.hold()
    const postmaster = await at.postmasterPid()
    await kill(child)
    process.kill(postmaster, 'SIGKILL')
    await until(async () => !(await isAlive(postmaster)))
    const { uid, gid } = await stat(join(at.home, 'postgres'))
    const bystander = at.run('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), stdio: 'ignore' })
    await once(bystander, 'spawn')
    const file = join(at.home, 'postgres', 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(bystander.pid)))

    expect(await ask((await at.start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null])
  })
})

describe('the end', () => {
  test('Ctrl-C reaches the server, not PostgreSQL: the server finishes its work and stops it', async () => {
    const { child, next } = await at.hold()
    const pid = await at.postmasterPid()
    // What a terminal does: the signal goes to the whole process group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await next()).toBe('stopped')
    expect(await isAlive(pid)).toBe(false)
  })

  test('by an error that nobody caught takes PostgreSQL along', async () => {
    const { child } = await at.hold('crash')
    const pid = await at.postmasterPid()
    await once(child, 'exit')
    await until(async () => !(await isAlive(pid)))
  })
})
