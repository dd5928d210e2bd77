import { cpus, totalmem } from 'node:os'
import { Client } from 'pg'

/** The machine on which the figures were measured, in one line. */
export async function describeMachine(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string; durable: string }>(
      `SELECT current_setting('server_version') AS version,
         'fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit') AS durable`,
    )
    const [found] = rows
    const gibibytes = Math.round(totalmem() / 2 ** 30)
    const cores = cpus()
    return `${cores.length} × ${cores[0]?.model ?? 'unknown CPU'}, ${gibibytes} GiB, ${process.platform}; Node ${process.version}; PostgreSQL ${found?.version} (${found?.durable}); server, database and load share the machine`
  } finally {
    await client.end()
  }
}
