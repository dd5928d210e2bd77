import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { type ClientBase, DatabaseError, Pool } from 'pg'
import { Connection } from './connection.ts'
import { MigrationError } from './errors.ts'

export type { MigrationList }

type MigrationState = Readonly<{
  /** Applied, but their files have changed since. */
  editedMigrationNames: readonly string[]
  /** Started, but their transaction never committed. */
  failedMigrationNames: readonly string[]
  /** Committed, but the process was killed before recording it. */
  unrecordedMigrationNames: readonly string[]
  /** Applied to the database, but not among the files. */
  unknownMigrationNames: readonly string[]
}>

export type SchemaEngine = AsyncDisposable &
  Readonly<{
    diagnose(migrations: MigrationList): Promise<MigrationState>
    /** @throws MigrationError naming the failed migration and PostgreSQL's reason */
    apply(migrations: MigrationList): Promise<string[]>
    markRolledBack(migrationName: string): Promise<void>
    markApplied(migrationName: string, migrations: MigrationList): Promise<void>
    /** The SQL with which Prisma would create the tables of a schema.prisma. */
    sqlOf(schema: Readonly<{ path: string; content: string }>): Promise<string>
  }>

const noExternalObjects = { externalTables: [], externalEnums: [] }

/**
 * Prisma's schema engine as WebAssembly over our own connection: the engine of `prisma migrate deploy`, without
 * downloading its binary. It has exclusive access to the database: a second one waits here until this one is closed.
 */
export async function openSchemaEngine(url: string): Promise<SchemaEngine> {
  await loadEngine()
  const pool = new Pool({
    connectionString: url,
    application_name: 'churchhub migrate',
    Client: Connection,
    // Instead of a time limit: a migration, or the wait for another node's, may take long.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // One session, so that both locks (ours and the engine's) live exactly as long as the statements they protect.
    max: 1,
    onConnect: prepareSession,
  })
  // The engine meets a broken connection at its next query and reports it there.
  pool.on('error', () => undefined)
  const adapter = new MigratingAdapter(pool)
  const factory = bindMigrationAwareSqlAdapterFactory(adapter)
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, factory)

  return {
    async diagnose(migrationsList) {
      const { editedMigrationNames, failedMigrationNames, history } = await engine.diagnoseMigrationHistory({
        migrationsList,
        optInToShadowDatabase: false,
        filters: noExternalObjects,
      })
      const committed = failedMigrationNames.length === 0 ? [] : await readCommitted(pool)
      return {
        editedMigrationNames,
        failedMigrationNames: failedMigrationNames.filter((name) => !committed.includes(name)),
        unrecordedMigrationNames: failedMigrationNames.filter((name) => committed.includes(name)),
        unknownMigrationNames:
          history === null || history.diagnostic === 'databaseIsBehind' ? [] : history.unpersistedMigrationNames,
      }
    },
    async apply(migrationsList) {
      try {
        return (await engine.applyMigrations({ migrationsList, filters: noExternalObjects })).appliedMigrationNames
      } catch (error) {
        throw failedMigration(error, adapter.failure, migrationsList)
      }
    },
    async markRolledBack(migrationName) {
      await engine.markMigrationRolledBack({ migrationName })
    },
    async markApplied(migrationName, migrationsList) {
      await engine.markMigrationApplied({ migrationName, migrationsList })
    },
    async sqlOf(schema) {
      const { stdout } = await engine.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files: [schema] },
        script: true,
        exitCode: null,
        filters: noExternalObjects,
      })
      return stdout ?? ''
    },
    async [Symbol.asyncDispose]() {
      engine.free()
      await pool.end()
    },
  }
}

/** Not Prisma's own number (72707369): the engine takes that one too, and gives up after ten seconds. */
const migrationLockId = 7_270_737_001

async function prepareSession(session: ClientBase): Promise<void> {
  await session.query(`SET TIME ZONE 'UTC'; SET statement_timeout = 0`)
  // A migration whose process was killed must not commit behind the back of the next one. Not every system can detect a
  // lost client; there the migration runs to its end and the next one waits for the lock.
  await session.query(`SET client_connection_check_interval = '500ms'`).catch(() => undefined)
  await session.query('SELECT pg_advisory_lock($1)', [migrationLockId])
}

const committedMark = 'committed'

/**
 * The engine records completion in a separate transaction after the migration's. A process killed between the two would
 * leave an applied migration that counts as failed; this mark commits with the migration itself.
 */
const markAsCommitted = `UPDATE _prisma_migrations SET logs = '${committedMark}' WHERE finished_at IS NULL AND rolled_back_at IS NULL`

async function readCommitted(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs = $1',
    [committedMark],
  )
  return rows.map(({ name }) => name)
}

/**
 * adapter-pg splits a script at every semicolon, which breaks function bodies, and runs the pieces one by one. Sent as
 * a whole, PostgreSQL parses it and runs it in one transaction.
 */
class MigratingAdapter extends PrismaPg {
  /** The script that failed last, and why; the engine passes on neither. */
  failure: ScriptFailure | undefined

  constructor(pool: Pool) {
    super(pool, { disposeExternalPool: false })
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(`${script}\n;${markAsCommitted}`)
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        this.failure = { script, error }
        const { code = 'XX000', severity = 'ERROR', message, detail, column, hint } = error
        throw new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
      }
    }
    return adapter
  }
}

type ScriptFailure = Readonly<{ script: string; error: DatabaseError }>

let loading: Promise<void> | undefined

/**
 * The package's entry imports the .wasm as a module, which Node supports only behind a flag; so instantiate it
 * manually.
 */
function loadEngine(): Promise<void> {
  loading ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const bytes = await readFile(entry.replace(/\.js$/, '.wasm'))
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineImports() })
    bindings.__wbg_set_wasm(instance.exports)
    // The module reports panics here; without it the report itself fails and hides the cause.
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: panicked } })
    // The exports of a module are untyped; wasm-bindgen gives every module this one.
    const start = instance.exports.__wbindgen_start as () => void
    start()
  })()
  return loading
}

function panicked(message: string): never {
  throw new MigrationError(`Prisma's schema engine failed: ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
}

/** The module's imports, with unref'd timers: the engine leaves one of ten seconds behind. */
function engineImports(): WebAssembly.ModuleImports {
  const timers = Object.keys(bindings)
    .filter((name) => name.startsWith('__wbg_setTimeout_'))
    .map((name) => [name, (run: () => void, delayMs: number) => setTimeout(run, delayMs).unref()])
  return { ...bindings, ...Object.fromEntries(timers) }
}

function failedMigration(error: unknown, failure: ScriptFailure | undefined, list: MigrationList): MigrationError {
  if (failure === undefined) {
    const reason = error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : String(error)
    return new MigrationError(`The database could not be migrated: ${reason}`, { cause: error })
  }
  const failed = list.migrationDirectories.find(({ migrationFile }) => migrationFile.content.value === failure.script)
  const { code, message, position } = failure.error
  const line = position === undefined ? '' : `, line ${failure.script.slice(0, Number(position)).split('\n').length}`
  return new MigrationError(
    `The migration ${failed?.path ?? 'of an unknown name'} failed and was rolled back: ${message} (${code}${line}). Fix the cause and start again; the migration will be applied again.`,
    { cause: error },
  )
}
