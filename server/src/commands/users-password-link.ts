import { parseArgs } from 'node:util'
import { migrateChecked } from '../core/keys/migrate-checked.ts'
import { createPasswordLink } from '../features/users/links/create-password-link.ts'
import { systemClock } from '../platform/clock.ts'
import { readEnv, withDotEnv } from '../platform/config/env.ts'
import { createDatabase } from '../platform/database/client.ts'
import { reachEmbeddedPostgres } from '../platform/database/reach.ts'
import { newId } from '../platform/ids.ts'
import { createLog } from '../platform/logging/log.ts'
import { runCommand } from '../platform/run-command.ts'

const USAGE = `Prints a link by which a user sets a password. It works once.

  npm run users:password-link -- --email ADDRESS

Give the link to nobody but the user: whoever opens it chooses the password.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { email: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help || values.email === undefined) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 1
  }
  const env = readEnv(withDotEnv(process.env))
  // Standard output is for the link; the log goes to standard error.
  const log = createLog({ level: 'warn', to: process.stderr })
  const directUrl = env.databaseDirectUrl
  const { url, release } =
    directUrl === null
      ? await reachEmbeddedPostgres({ home: env.home, log })
      : { url: directUrl.reveal(), release: async () => undefined }
  try {
    await migrateChecked({ url, log }, env)
    const { database, close } = createDatabase({ url, applicationName: 'churchhub users', maxConnections: 2 })
    try {
      const asked = { email: values.email, publicUrl: env.publicUrl }
      const link = await createPasswordLink({ database, clock: systemClock, newId }, asked)
      process.stdout.write(`${link.url}\nThe link works once, until ${link.expiresAt.toISOString()}.\n`)
      return 0
    } finally {
      await close()
    }
  } finally {
    await release()
  }
}

if (import.meta.main) await runCommand(main, 1)
