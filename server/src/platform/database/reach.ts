import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../logging/log.ts'
import { canConnect } from './embedded/can-connect.ts'
import { startEmbeddedPostgres } from './embedded/embedded.ts'

/** A database in use for a while. */
export type ReachedDatabase = Readonly<{ url: string; release(): Promise<void> }>

/**
 * The embedded database for a command-line tool: the running server's, or one started just for the command.
 *
 * @param home - CHURCHHUB_HOME as an absolute path
 * @throws ConfigurationError like startEmbeddedPostgres
 */
export async function reachEmbeddedPostgres(options: Readonly<{ home: string; log: Log }>): Promise<ReachedDatabase> {
  const running = await findRunning(options.home)
  if (running !== null) return { url: running, release: () => Promise.resolve() }
  const embedded = await startEmbeddedPostgres(options)
  return { url: embedded.url, release: embedded.stop }
}

async function findRunning(home: string): Promise<string | null> {
  const [password, postmaster] = await Promise.all(
    [join(home, 'postgres-password'), join(home, 'postgres', 'postmaster.pid')].map((path) =>
      readFile(path, 'utf8').catch(() => null),
    ),
  )
  // The fourth line of postmaster.pid is the port (PostgreSQL, src/include/utils/pidfile.h).
  const port = postmaster?.split('\n')[3]
  if (!password || !port) return null
  const url = `postgresql://churchhub:${password.trim()}@127.0.0.1:${port}/churchhub`
  return (await canConnect(url)) ? url : null
}
