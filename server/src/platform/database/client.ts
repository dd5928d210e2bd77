import { PrismaNeon } from '@prisma/adapter-neon'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { z } from 'zod'
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import type { RunStatement } from './rows/read-rows.ts'
import { parseDatabaseUrl } from './url.ts'

/** Prisma's types, and its tag for SQL: the generated client is imported here and nowhere else. */
export { Prisma }

export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

export type DatabaseDriver = 'pg' | 'neon'

export type DatabaseOptions = Readonly<{
  url: string
  /** Shown in pg_stat_activity. */
  applicationName: string
  maxConnections: number
  /** A statement that takes longer is cancelled. Default 15,000. */
  statementTimeoutMs?: number
  /** Chosen by the host unless a test names it: Neon's WebSocket driver for Neon, pg for every other. */
  driver?: DatabaseDriver
}>

/** The same connections as Prisma's, for statements that are written without it: see rows/. */
export type Statements = Readonly<{
  run: RunStatement
  /** Each model's table. */
  tableNames: ReadonlyMap<string, string>
}>

export type OpenDatabase = Readonly<{ database: Database; statements: Statements; close(): Promise<void> }>

/**
 * Opens a pool on a PostgreSQL database. Connects with the first query, not here: `checkDatabase` tells whether it can.
 * @throws ConfigurationError when the URL is none of PostgreSQL's.
 */
export function createDatabase(options: DatabaseOptions): OpenDatabase {
  const { host } = parseDatabaseUrl(options.url)
  const driver = options.driver ?? (isNeonHost(host) ? 'neon' : 'pg')
  const { adapter, pool } = driver === 'neon' ? neonDriver(options) : pgDriver(options)
  const database = new PrismaClient({
    adapter,
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
    // Otherwise every error quotes the source file around the call.
    errorFormat: 'minimal',
  })
  const run: RunStatement = async ({ name, text, values }) => {
    if (pool() === null) await database.$connect()
    const answer = await pool()?.query({ name, text, values, rowMode: 'array' })
    return answer?.rows[0] ?? []
  }
  const statements = { run, tableNames: tableNamesOf(database) }
  return { database, statements, close: () => database.$disconnect() }
}

const runtimeModels = z.object({
  _runtimeDataModel: z.object({ models: z.record(z.string(), z.object({ dbName: z.string().nullable() })) }),
})

/** Prisma tells `@@map` nowhere else. A version that keeps it elsewhere does not start. */
function tableNamesOf(database: Database): ReadonlyMap<string, string> {
  const { models } = runtimeModels.parse(database)._runtimeDataModel
  return new Map(Object.entries(models).map(([model, { dbName }]) => [model, dbName ?? model]))
}

type Driver = Readonly<{
  adapter: PrismaPg | PrismaNeon
  /** Null until Prisma has connected. */
  pool: () => AnyPool | null
}>

/** What both drivers' pools have in common. */
type AnyPool = Readonly<{ query(query: object): Promise<Readonly<{ rows: readonly (readonly unknown[])[] }>> }>

/** Neon's own hosts end in .neon.tech, whatever their region. */
export function isNeonHost(host: string): boolean {
  return host.endsWith('.neon.tech')
}

function pgDriver(options: DatabaseOptions): Driver {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: 5_000,
    // The server's own limit can't be heard over a line that went dead: behind it the client gives up by itself.
    query_timeout: statementTimeoutOf(options) + deadLineMs,
    keepAlive: true,
    onConnect: async (session) => {
      await session.query(sessionSettings(options))
    },
  })
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: createStatementNames() })
  return { adapter, pool: () => pool }
}

function neonDriver(options: DatabaseOptions): Driver {
  const adapter = new PrismaNeon({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: 10_000,
  })
  let opened: AnyPool | null = null
  // The adapter makes its pool itself, and only when it connects. Neon's pool knows no onConnect, but a session's queue
  // is first in, first out, so the settings come before whatever the session was opened for.
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connected = await connect()
    connected.underlyingDriver().on('connect', (session: { query(sql: string): Promise<unknown> }) => {
      // A session that can't be set up is broken, and the query behind this one fails for the same reason.
      session.query(sessionSettings(options)).catch(() => undefined)
    })
    opened = connected.underlyingDriver()
    return connected
  }
  return { adapter, pool: () => opened }
}

/**
 * Sessions are in UTC: the adapters cut the offset off a timestamptz and read what is left as UTC, so that in any other
 * zone every time would be wrong. Sent as a statement, because poolers refuse these as startup options.
 */
function sessionSettings(options: DatabaseOptions): string {
  return `SET TIME ZONE 'UTC'; SET statement_timeout = ${statementTimeoutOf(options)}`
}

const deadLineMs = 2_000

function statementTimeoutOf({ statementTimeoutMs = 15_000 }: DatabaseOptions): number {
  return Math.trunc(statementTimeoutMs)
}

/**
 * Names for prepared statements, so that PostgreSQL parses and plans each shape once per connection (shared performance
 * notes: a third less CPU). Only so many shapes get one: a prepared statement lives as long as its connection.
 */
function createStatementNames(limit = 1_000): (query: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= limit) return ''
    const name = `churchhub_${names.size}`
    names.set(sql, name)
    return name
  }
}
