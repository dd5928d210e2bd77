import { Pool as NeonPool } from '@neondatabase/serverless'
import { PrismaNeon } from '@prisma/adapter-neon'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { getDatamodel } from '../../generated/pothos.ts'
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts'
import { poolSettings } from './connection.ts'
import type { RunStatement } from './json-sql/read-rows.ts'
import { describeTables, type Tables } from './json-sql/tables.ts'
import { tableNamesOf } from './prisma-internals.ts'
import { retryConflicts } from './retry-failures.ts'
import { createStatementNames, lostStatementStates, type StatementNames } from './statement-names.ts'
import { parseDatabaseUrl } from './url.ts'

/** Prisma's types and SQL tag. The generated client is imported nowhere else. */
export { Prisma }

export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

export type DatabaseDriver = 'pg' | 'neon'

export type DatabaseOptions = Readonly<{
  url: string
  /** Shown in pg_stat_activity. */
  applicationName: string
  maxConnections: number
  /** Statements that take longer are cancelled. Default 15,000. */
  statementTimeoutMs?: number
  /** Whether statements are prepared by name. Default true; false for a pooler that loses them. */
  preparesStatements?: boolean
  /** Chosen by the host unless a test sets it: Neon's WebSocket driver for Neon, pg otherwise. */
  driver?: DatabaseDriver
}>

/**
 * Reads with one statement whose SQL text is constant. For the hot path of nearly every request: Prisma costs about ten
 * times the statement itself.
 */
export type ReadRows = <Row>(sql: Prisma.Sql) => Promise<readonly Row[]>

/** Read-only statements that bypass Prisma, outside of any transaction. */
export type Statements = Readonly<{
  /** Runs a statement of json-sql/. */
  run: RunStatement
  readRows: ReadRows
  /** The tables behind Prisma's models. Null if this version of Prisma doesn't name them. */
  tables: Tables | null
}>

export type OpenDatabase = Readonly<{
  database: Database
  statements: Statements
  /** Takes a pipelining connection out of a pool of its own; see run-pipelined.ts. */
  connectPipelined: ConnectPipelined
  /** Closes all connections. Later calls wait for the same close. */
  close(): Promise<void>
}>

/**
 * Opens a pool on a PostgreSQL database. It connects with the first query; use `checkDatabase` to test the connection.
 *
 * @throws ConfigurationError if the URL isn't a PostgreSQL URL
 */
export function createDatabase(options: DatabaseOptions): OpenDatabase {
  const { host } = parseDatabaseUrl(options.url)
  const driver = options.driver ?? (isNeonHost(host) ? 'neon' : 'pg')
  const names = createStatementNames(options.preparesStatements ?? true)
  const database = new PrismaClient({
    adapter: driver === 'neon' ? neonAdapter(options) : pgAdapter(options, names),
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
    // Otherwise errors quote the source code around the call.
    errorFormat: 'minimal',
  })
  const readPool = driver === 'neon' ? neonReadPool(options) : pgReadPool(options, names)
  // A statement that a pooler lost runs again; `pgPool` has disabled names.
  const read = (query: object) => retryConflicts(() => readPool.query(query))
  const nameOfRows = names.within(20)
  const readRows: ReadRows = async <Row>(sql: Prisma.Sql) => {
    const { text, values } = sql
    const { rows } = await read({ name: nameOfRows({ sql: text }), text, values })
    return rows as readonly Row[] // the caller declares the row type of its SQL, as with `$queryRaw`
  }
  // Clients choose these shapes, and may choose ever new ones: fewer of them get a name.
  const nameOfRead = names.within(200)
  const run: RunStatement = async ({ text, values }) => {
    const { rows } = await read({ name: nameOfRead({ sql: text }), text, values, rowMode: 'array' })
    const [row] = rows
    return Array.isArray(row) ? row : []
  }
  const pipelined = pipelinedPool(driver, options, names)
  const nameOf = names.within(1_000)
  const connectPipelined: ConnectPipelined = async () => sessionOver(await pipelined.connect(), nameOf)
  let closing: Promise<void> | null = null
  const closeAll = async () => {
    await database.$disconnect()
    await readPool.end()
    await pipelined.end()
  }
  const close = () => {
    closing ??= closeAll()
    return closing
  }
  return { database, statements: { run, readRows, tables: tablesOf(database) }, connectPipelined, close }
}

function tablesOf(database: Database): Tables | null {
  const tableNames = tableNamesOf(database)
  return tableNames === null ? null : describeTables(getDatamodel().datamodel.models, tableNames)
}

/** A connection for one transaction. It may send statements before earlier ones are answered. */
export type PipelinedSession = Readonly<{
  query(text: string, values?: readonly unknown[]): Promise<Answer>
  /** Returns the connection to the pool; `isBroken` closes it instead. */
  release(isBroken?: boolean): void
}>

type Answer = Readonly<{ rows: readonly unknown[]; rowCount: number | null; command: string }>

export type ConnectPipelined = () => Promise<PipelinedSession>

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

/** The common interface of both drivers' pools. */
type AnyPool = Readonly<{
  query(query: object): Promise<Readonly<{ rows: readonly unknown[] }>>
  end(): Promise<void>
}>

/** Neon's hosts end in .neon.tech in every region. */
export function isNeonHost(host: string): boolean {
  return host.endsWith('.neon.tech')
}

function pgAdapter(options: DatabaseOptions, names: StatementNames): PrismaPg {
  const pool = pgPool(options, { max: options.maxConnections, settings: sessionSettings(options), names })
  return new PrismaPg(pool, { disposeExternalPool: true, statementNameGenerator: names.within(1_000) })
}

function pgReadPool(options: DatabaseOptions, names: StatementNames): AnyPool {
  const pool = pgPool(options, { max: readPoolSize(options), settings: readPoolSettings(options), names })
  // An idle connection broke; the pool replaces it on the next request.
  pool.on('error', () => undefined)
  return pool
}

/** Enough for the concurrent batches that use them. */
const pipelinedConnections = 2

/** Neon's driver doesn't pipeline: slower, same result. */
function pipelinedPool(driver: DatabaseDriver, options: DatabaseOptions, names: StatementNames) {
  const settings = sessionSettings(options)
  const pool =
    driver === 'neon'
      ? neonPool(options, pipelinedConnections, settings)
      : pgPool(options, { max: pipelinedConnections, settings, names, pipeline: true })
  pool.on('error', () => undefined)
  return pool
}

type PoolOptions = Readonly<{ max: number; settings: string; names: StatementNames; pipeline?: boolean }>

function pgPool(options: DatabaseOptions, { max, settings, names, pipeline = false }: PoolOptions): Pool {
  const pool = new Pool({
    ...poolSettings(clientTimeoutOf(options)),
    pipeline,
    connectionString: options.url,
    application_name: options.applicationName,
    max,
    onConnect: async (session) => {
      await session.query(settings)
    },
  })
  pool.on('connect', ({ connection }) => {
    connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (lostStatementStates.has(code ?? '')) names.disable()
    })
  })
  return pool
}

/** Half of Prisma's: they are held for one statement at a time, never for a transaction. */
function readPoolSize({ maxConnections }: DatabaseOptions): number {
  return Math.ceil(maxConnections / 2)
}

/**
 * Read-only use isn't enforced by a setting, because a pooler passes the session and its settings on to clients that
 * write. The settings below are harmless to them.
 *
 * Force generic plans: with years of partitions, planning each value costs more than running the statement, and
 * partitions are pruned at execution start anyway. The estimated cost of such a plan covers all partitions, so
 * PostgreSQL would JIT-compile it every time, which takes longer than any page here; hence no JIT.
 */
function readPoolSettings(options: DatabaseOptions): string {
  return `${sessionSettings(options)}; SET plan_cache_mode = force_generic_plan; SET jit = off`
}

type NeonSession = Readonly<{ query(sql: string): Promise<unknown>; on(event: 'error', heard: () => void): unknown }>

function neonReadPool(options: DatabaseOptions): AnyPool {
  return neonPool(options, readPoolSize(options), readPoolSettings(options))
}

function neonPool(options: DatabaseOptions, max: number, settings: string): NeonPool {
  const pool = new NeonPool({
    connectionString: options.url,
    application_name: options.applicationName,
    max,
    connectionTimeoutMillis: 10_000,
    query_timeout: clientTimeoutOf(options),
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
    query_timeout: clientTimeoutOf(options),
  })
  // The adapter creates its pool itself, when it connects. Neon's pool has no onConnect hook, but a session's queue is
  // FIFO, so the settings run before the query that opened the session.
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connected = await connect()
    connected.underlyingDriver().on('connect', (session: NeonSession) => {
      session.on('error', () => undefined)
      // If the settings fail, the session is broken and the query behind them fails for the same reason.
      session.query(sessionSettings(options)).catch(() => undefined)
    })
    return connected
  }
  return adapter
}

/**
 * Sessions are in UTC: the adapters drop the offset of a timestamptz and parse the rest as UTC, so every time would be
 * wrong in any other zone. Sent as a statement, because poolers reject these as startup options.
 */
function sessionSettings(options: DatabaseOptions): string {
  return `SET TIME ZONE 'UTC'; SET statement_timeout = ${statementTimeoutOf(options)}`
}

/** Slightly longer than the server's own timeout. */
function clientTimeoutOf(options: DatabaseOptions): number {
  return statementTimeoutOf(options) + 2_000
}

function statementTimeoutOf({ statementTimeoutMs = 15_000 }: DatabaseOptions): number {
  return Math.trunc(statementTimeoutMs)
}
