import { Pool as NeonPool } from '@neondatabase/serverless'
import { PrismaNeon } from '@prisma/adapter-neon'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import { Connection } from './connection.ts'
import type { RunStatement } from './json-sql/read-rows.ts'
import { tableNamesOf } from './prisma-internals.ts'
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

/** Statements that are written without Prisma, and only read: see json-sql/. */
export type Statements = Readonly<{
  run: RunStatement
  /** Each model's table; null where this version of Prisma doesn't name them. */
  tableNames: ReadonlyMap<string, string> | null
}>

export type OpenDatabase = Readonly<{
  database: Database
  statements: Statements
  /** Ends all connections. Called again, it waits for the same end. */
  close(): Promise<void>
}>

/**
 * Opens a pool on a PostgreSQL database. Connects with the first query, not here: `checkDatabase` tells whether it can.
 * @throws ConfigurationError when the URL is none of PostgreSQL's.
 */
export function createDatabase(options: DatabaseOptions): OpenDatabase {
  const { host } = parseDatabaseUrl(options.url)
  const driver = options.driver ?? (isNeonHost(host) ? 'neon' : 'pg')
  const database = new PrismaClient({
    adapter: driver === 'neon' ? neonAdapter(options) : pgAdapter(options),
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
    // Otherwise every error quotes the source file around the call.
    errorFormat: 'minimal',
  })
  const reading = driver === 'neon' ? neonReadingPool(options) : pgReadingPool(options)
  const ask: Ask = async (query) => (await reading.query(query)).rows
  direct.set(database, ask)
  // Clients choose these shapes, and may choose ever new ones: fewer of them get a name.
  const nameOfRead = createStatementNames('rows', 200)
  const run: RunStatement = async ({ text, values }) => {
    const [row] = await ask({ name: nameOfRead({ sql: text }), text, values, rowMode: 'array' })
    return Array.isArray(row) ? row : []
  }
  const pipelined = pipelinedPool(driver, options)
  const nameOf = createStatementNames()
  connecting.set(database, async () => sessionOver(await pipelined.connect(), nameOf))
  let closing: Promise<void> | null = null
  const closeAll = async () => {
    await database.$disconnect()
    await reading.end()
    await pipelined.end()
  }
  const close = () => {
    closing ??= closeAll()
    return closing
  }
  return { database, statements: { run, tableNames: tableNamesOf(database) }, close }
}

type Ask = (query: object) => Promise<readonly unknown[]>

const direct = new WeakMap<object, Ask>()

/**
 * Rows by SQL, for what nearly every request asks: without Prisma, whose way costs some ten times the statement's own, but
 * within a transaction by its `$queryRaw`.
 *
 * @param name - by which PostgreSQL remembers the plan; always of the same SQL
 */
export async function queryRows<Row>(
  database: Database | Transaction,
  name: string,
  sql: Prisma.Sql,
): Promise<readonly Row[]> {
  const ask = direct.get(database)
  if (ask === undefined) return database.$queryRaw<Row[]>(sql)
  const rows = await ask({ name, text: sql.text, values: sql.values })
  return rows as readonly Row[] // the caller says which row its SQL gives, as with `$queryRaw`
}

/** A connection for one transaction. Its statements may be sent before those ahead of them are answered. */
export type PipelinedSession = Readonly<{
  query(text: string, values?: readonly unknown[]): Promise<Answer>
  /** Gives the connection back; `isBroken` ends it instead. */
  release(isBroken?: boolean): void
}>

type Answer = Readonly<{ rows: readonly unknown[]; rowCount: number | null; command: string }>

const connecting = new WeakMap<object, () => Promise<PipelinedSession>>()

/** Takes a connection out of the pool of those that send on without waiting; see run-pipelined.ts. */
export function connectPipelined(database: Database): Promise<PipelinedSession> {
  const connect = connecting.get(database)
  if (connect === undefined) throw new Error('this database was not opened by createDatabase')
  return connect()
}

type PooledSession = Readonly<{ query(query: object): Promise<Answer>; release(isBroken?: boolean): void }>

function sessionOver(session: PooledSession, nameOf: (query: { sql: string }) => string): PipelinedSession {
  return {
    query: (text, values) => {
      const name = values === undefined ? '' : nameOf({ sql: text })
      return session.query({ text, ...(values && { values }), ...(name !== '' && { name }) })
    },
    release: (isBroken) => session.release(isBroken),
  }
}

/** What both drivers' pools have in common. */
type AnyPool = Readonly<{
  query(query: object): Promise<Readonly<{ rows: readonly unknown[] }>>
  end(): Promise<void>
}>

/** Neon's own hosts end in .neon.tech, whatever their region. */
export function isNeonHost(host: string): boolean {
  return host.endsWith('.neon.tech')
}

function pgAdapter(options: DatabaseOptions): PrismaPg {
  const pool = pgPool(options, options.maxConnections, sessionSettings(options))
  return new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: createStatementNames() })
}

function pgReadingPool(options: DatabaseOptions): AnyPool {
  const pool = pgPool(options, readingConnections(options), readingSettings(options))
  // A connection that breaks while nobody uses it: the next one to ask gets another.
  pool.on('error', () => undefined)
  return pool
}

/** So many transactions at once are all that use them: see begin-together.ts. */
const pipelinedConnections = 2

/** Neon's driver sends a statement when the one before is answered: slower, and the same. */
function pipelinedPool(driver: DatabaseDriver, options: DatabaseOptions) {
  const settings = sessionSettings(options)
  const pool =
    driver === 'neon'
      ? neonPool(options, pipelinedConnections, settings)
      : pgPool(options, pipelinedConnections, settings, true)
  pool.on('error', () => undefined)
  return pool
}

function pgPool(options: DatabaseOptions, max: number, settings: string, pipeline = false): Pool {
  return new Pool({
    Client: Connection,
    pipeline,
    connectionString: options.url,
    application_name: options.applicationName,
    max,
    connectionTimeoutMillis: 5_000,
    // The server's own limit can't be heard over a line that went dead: behind it the client gives up by itself.
    query_timeout: statementTimeoutOf(options) + deadLineMs,
    keepAlive: true,
    onConnect: async (session) => {
      await session.query(settings)
    },
  })
}

/** Half as many as Prisma has: they are held for one statement at a time, and never for a transaction. */
function readingConnections({ maxConnections }: DatabaseOptions): number {
  return Math.ceil(maxConnections / 2)
}

/**
 * Nothing is written here, and yet nothing forbids it: a pooler hands a session on to others, with what was set in it, and
 * they write. What is set here does them no harm.
 *
 * Plans are for any values: over years of partitions, planning for each value costs more than the statement, and the
 * partitions that a value leaves out are found as the statement starts. Such a plan looks dear for all the partitions in it,
 * so PostgreSQL would compile it to machine code each time, which takes longer than any page here.
 */
function readingSettings(options: DatabaseOptions): string {
  return `${sessionSettings(options)}; SET plan_cache_mode = force_generic_plan; SET jit = off`
}

type NeonSession = Readonly<{ query(sql: string): Promise<unknown>; on(event: 'error', heard: () => void): unknown }>

function neonReadingPool(options: DatabaseOptions): AnyPool {
  return neonPool(options, readingConnections(options), readingSettings(options))
}

function neonPool(options: DatabaseOptions, max: number, settings: string): NeonPool {
  const pool = new NeonPool({
    connectionString: options.url,
    application_name: options.applicationName,
    max,
    connectionTimeoutMillis: 10_000,
  })
  pool.on('connect', (session: NeonSession) => {
    // See Connection and neonAdapter.
    session.on('error', () => undefined)
    session.query(settings).catch(() => undefined)
  })
  pool.on('error', () => undefined)
  return pool
}

function neonAdapter(options: DatabaseOptions): PrismaNeon {
  const adapter = new PrismaNeon({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: 10_000,
  })
  // The adapter makes its pool itself, and only when it connects. Neon's pool knows no onConnect, but a session's queue
  // is first in, first out, so the settings come before whatever the session was opened for.
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connected = await connect()
    connected.underlyingDriver().on('connect', (session: NeonSession) => {
      session.on('error', () => undefined)
      // A session that can't be set up is broken, and the query behind this one fails for the same reason.
      session.query(sessionSettings(options)).catch(() => undefined)
    })
    return connected
  }
  return adapter
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
function createStatementNames(prefix = 'churchhub', limit = 1_000): (query: { sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= limit) return ''
    const name = `${prefix}_${names.size}`
    names.set(sql, name)
    return name
  }
}
