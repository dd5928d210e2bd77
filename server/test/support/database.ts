import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { inject } from 'vitest'
import { createDatabase, type DatabaseDriver, type OpenDatabase } from '../../src/platform/database/client.ts'
// Its import gives `inject` the type of what the global setup provides.
import type {} from './postgres.ts'

export type FreshDatabase = OpenDatabase & AsyncDisposable & Readonly<{ url: string }>

export type FreshDatabaseOptions = Readonly<{
  maxConnections?: number
  driver?: DatabaseDriver
  statementTimeoutMs?: number
}>

/** A database of the test's own, migrated and empty. Close it in afterAll, or hold it with `await using`. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<FreshDatabase> {
  const { templateUrl } = inject('postgres')
  const { url, drop } = await createEmptyDatabase(new URL(templateUrl).pathname.slice(1))
  const opened = createDatabase({ url, applicationName: 'churchhub test', maxConnections: 10, ...options })
  const close = async () => {
    await opened.close()
    await drop()
  }
  return { ...opened, url, close, [Symbol.asyncDispose]: close }
}

/** A database without a table, or a clone of the given one, owned by ChurchHub's own user, who is no superuser. */
export async function createEmptyDatabase(template = 'template1'): Promise<{ url: string; drop(): Promise<void> }> {
  const { templateUrl } = inject('postgres')
  const url = new URL(templateUrl)
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asSuperuser(async (client) => {
    await retryWhileBusy(() => client.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${url.username}`))
  })
  url.pathname = `/${name}`
  // FORCE: a test that left a connection open is no reason to keep its database.
  const drop = () => asSuperuser((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { url: url.href, drop: async () => void (await drop()) }
}

/** Runs SQL as the superuser of the test's PostgreSQL, by default in its maintenance database. */
export async function asSuperuser<T>(work: (client: Client) => Promise<T>, url?: string): Promise<T> {
  const target = new URL(inject('postgres').superuserUrl)
  if (url !== undefined) target.pathname = new URL(url).pathname
  const client = new Client({ connectionString: target.href })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** object_in_use: autovacuum, or somebody's clone of a moment ago, is still at the template. */
async function retryWhileBusy(create: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await create()
      return
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== '55006' || attempt >= 50) throw error
      await wait(100)
    }
  }
}
