import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded.ts'

/**
 * A server reduced to its embedded PostgreSQL, as a process of its own for the tests that kill it. On SIGINT it asks the
 * database something before it stops it, as a server does that still has work to finish. With `crash` as its second
 * argument it ends by an error that nobody catches.
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
    throw new Error('nobody catches this')
  }, 100)
}
