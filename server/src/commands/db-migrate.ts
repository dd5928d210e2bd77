import { migrateChecked } from '../core/keys/migrate-checked.ts'
import { readDatabaseEnv, withDotEnv } from '../platform/config/env.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { createLog } from '../platform/logging/log.ts'
import { runCommand } from '../platform/run-command.ts'

/**
 * `npm run db:migrate`: applies pending migrations to the database of DATABASE_URL, or the embedded one. Doesn't
 * require ENCRYPTION_KEY; a given key must belong to the database.
 */
async function main(): Promise<number> {
  const env = readDatabaseEnv(withDotEnv(process.env))
  const log = createLog({ level: 'error' })
  const url = env.databaseDirectUrl ?? env.databaseUrl
  const reached =
    url === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: url.reveal(), release: () => Promise.resolve() }
  try {
    const { applied } = await migrateChecked({ url: reached.url, log }, env)
    const message = applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`
    process.stdout.write(`${message}\n`)
    return 0
  } finally {
    await reached.release()
  }
}

await runCommand(main, 1)
