import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { inject } from 'vitest'
import { startEmbeddedPostgres } from '../../../src/platform/database/embedded/embedded.ts'

export type BreakablePostgres = Awaited<ReturnType<typeof startBreakablePostgres>>

/**
 * A PostgreSQL for one test, as durable as in production, that the test may break. It restarts by itself.
 *
 * @param directory - where its home is created
 */
export async function startBreakablePostgres(
  settings: Record<string, string | number> = {},
  directory: string = tmpdir(),
) {
  const home = await mkdtemp(join(directory, 'churchhub-faults-'))
  // Node's own copy doesn't keep owners: PostgreSQL's files belong to its account.
  await promisify(execFile)('cp', ['-a', `${inject('migratedHome')}/.`, home])
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const postgres = await startEmbeddedPostgres({ home, log: quiet, settings: { max_connections: 200, ...settings } })

  /** Runs SQL as the superuser, by default in ChurchHub's database. */
  async function asSuperuser<T>(work: (client: Client) => Promise<T>, database = 'churchhub'): Promise<T> {
    const url = new URL(postgres.superuserUrl)
    url.pathname = `/${database}`
    const client = new Client({ connectionString: url.href })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  return {
    url: postgres.url,
    /** The directory of its data (`postgres/`) and its log (`postgres.log`). */
    home,
    asSuperuser,
    /** A migrated database owned by ChurchHub's user. Returns its URL. */
    async makeDatabase(name: string): Promise<string> {
      await asSuperuser(
        (client) => client.query(`CREATE DATABASE ${name} TEMPLATE migrated OWNER churchhub`),
        'postgres',
      )
      const url = new URL(postgres.url)
      url.pathname = `/${name}`
      return url.href
    },
    /** kill -9 of the postmaster: its backends die with it, nothing is flushed and no client is notified. */
    async kill(): Promise<void> {
      const pid = Number((await readFile(join(home, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])
      process.kill(pid, 'SIGKILL')
    },
    /** Terminates every connection of ChurchHub, as an administrator or a failover would. */
    terminateBackends: () =>
      asSuperuser((client) =>
        client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'churchhub'`),
      ),
    async stop(): Promise<void> {
      await postgres.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
