import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../logging/log.ts'
import { checkDatabase } from './check.ts'
import { MigrationError } from './errors.ts'
import { type MigrationList, openSchemaEngine } from './schema-engine.ts'

const ownMigrations = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))

export type MigrateOptions = Readonly<{
  /** A direct connection, not a pooler's: it holds a lock for the whole migration. */
  url: string
  log?: Pick<Log, 'info' | 'warn'>
  /** The migrations directory; tests use another. */
  directory?: string
}>

/**
 * Applies pending migrations through Prisma's schema engine and returns their names. Each runs in one transaction, so a
 * failed or killed one leaves nothing behind but its entry in `_prisma_migrations`; the next run marks that entry
 * rolled back and applies the migration again. Nodes that start together wait for each other.
 *
 * @throws ConfigurationError when the database can't be reached
 *
 * @throws MigrationError when a migration fails, was edited after it was applied, or is unknown
 */
export async function migrateDatabase({
  url,
  log,
  directory = ownMigrations,
}: MigrateOptions): Promise<{ applied: string[] }> {
  await checkDatabase({ url })
  const migrations = await readMigrations(directory)
  await using engine = await openSchemaEngine(url)

  const state = await engine.diagnose(migrations)
  // A failed migration left nothing behind, so its file may have been corrected.
  const edited = state.editedMigrationNames.filter((name) => !state.failedMigrationNames.includes(name))
  if (edited.length > 0) {
    throw new MigrationError(
      `The migration ${edited.join(', ')} was changed after this database applied it. Restore the file: a change belongs in a new migration.`,
    )
  }
  if (state.unknownMigrationNames.length > 0) {
    throw new MigrationError(
      `This database has applied ${state.unknownMigrationNames.join(', ')}, which this version of ChurchHub doesn't know. Start the newer version.`,
    )
  }
  for (const name of state.unrecordedMigrationNames) {
    log?.warn({ migration: name }, 'this migration was applied, but its process was killed before it could note that')
    await engine.markApplied(name, migrations)
  }
  for (const name of state.failedMigrationNames) {
    log?.warn(
      { migration: name },
      'this migration failed or was interrupted earlier; it left nothing behind and is applied again',
    )
    await engine.markRolledBack(name)
  }
  const applied = await engine.apply(migrations)
  if (applied.length > 0) log?.info({ applied }, 'database migrated')
  return { applied }
}

async function readMigrations(directory: string): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return {
    baseDir: directory,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(directory, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.toSorted().map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(directory, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}
