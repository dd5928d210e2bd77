import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'

/**
 * A server reduced to its embedded PostgreSQL, as a separate process for tests that kill it. On SIGINT it queries the database
 * before it stops it, like a server with work to finish. With `crash` as its second argument it ends with an uncaught error.
 */
const [, , home = '', behaviour = 'stay'] = process.argv
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

const postgres = await startEmbeddedPostgres({ home, log: silent }).catch((error: unknown) => {
  process.stdout.write(`refused ${error instanceof Error ? error.message : ''}\n`)
  process.exit(1)
})
process.stdout.write(`ready ${postgres.url}\n`)

process.on('SIGINT', async () => {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  await client.query('SELECT 1')
  await client.end()
  await postgres.stop()
  process.stdout.write('stopped\n')
})

if (behaviour === 'crash') {
  setTimeout(() => {
    throw new Error('uncaught')
  }, 100)
}
