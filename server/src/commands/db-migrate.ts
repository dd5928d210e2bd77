import { migrateDatabase } from '../platform/database/migrate.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { readDatabaseEnv, withDotEnv } from '../platform/env.ts'
import { createLog } from '../platform/log.ts'
import { runCommand } from '../platform/run-command.ts'

/** `npm run db:migrate`: applies the migrations that the database of DATABASE_URL, or the embedded one, hasn't seen. */
async function main(): Promise<number> {
  const env = readDatabaseEnv(withDotEnv(process.env))
  const given = env.databaseDirectUrl ?? env.databaseUrl
  const reached =
    given === null
      ? await reachEmbeddedPostgres({ home: env.home, log: createLog({ level: 'error' }) })
      : { url: given.reveal(), release: () => Promise.resolve() }
  try {
    const { applied } = await migrateDatabase({ url: reached.url })
    const told = applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`
    process.stdout.write(`${told}\n`)
    return 0
  } finally {
    await reached.release()
  }
}

await runCommand(main, 1)
