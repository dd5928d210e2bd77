import { createPasswords } from './core/access/passwords.ts'
import { createSessions } from './core/sessions/sessions.ts'
import { openVault } from './core/vault/vault.ts'
import type { Deps } from './graphql/context.ts'
import { openJobQueue } from './jobs.ts'
import { createBounded } from './platform/bounded.ts'
import { systemClock } from './platform/clock.ts'
import { createDatabase } from './platform/database/client.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { makePartitions } from './platform/database/partitions.ts'
import type { Env } from './platform/env.ts'
import { createEvents } from './platform/events.ts'
import { newId } from './platform/ids.ts'
import type { Log } from './platform/log.ts'
import type { WorkingQueue } from './platform/queue.ts'

/** Months for which partitions are made ahead at a start; a job goes on with it every night. */
const monthsAhead = 3

/** Password checks at once, and how many may wait for their turn: each takes 19 MiB and a thread. */
const passwordBounds = { atOnce: 2, waiting: 64 }

export type HouseOptions = Readonly<{
  env: Env
  log: Log
  /** The database. */
  url: string
  /** The same without a pooler between, for LISTEN, the queue and migrations. */
  directUrl: string
  /** Whether this process works on jobs, or only enqueues them. */
  works: boolean
}>

export type House = Readonly<{
  deps: Deps & Readonly<{ queue: WorkingQueue }>
  /** Lets go of everything, in the opposite order of opening. */
  close(): Promise<void>
}>

/**
 * Opens everything that verbs need, over one database: migrates it, then opens each part after those that it needs.
 *
 * @throws ConfigurationError when the database can't be reached or the key can't open what is in it; then nothing has
 *   been written beyond the migrations
 */
export async function openHouse({ env, log, url, directUrl, works }: HouseOptions): Promise<House> {
  await migrateDatabase({ url: directUrl, log })
  const { database, close } = createDatabase({
    url,
    applicationName: 'churchhub',
    maxConnections: env.databasePoolSize,
  })
  const clock = systemClock
  try {
    const vault = await openVault({
      database,
      masterKey: env.encryptionKey,
      previousMasterKey: env.previousEncryptionKey,
      clock,
    })
    await makePartitions(database, { monthsAhead })
    const events = createEvents({ url: directUrl, log })
    const queue = await openJobQueue({ url: directUrl, log, works, newId })
    const sessions = createSessions({ database, clock, secureCookies: env.publicUrl.startsWith('https:') })
    const passwords = createPasswords(createBounded(passwordBounds))
    return {
      deps: { env, log, clock, newId, database, vault, sessions, passwords, queue, events },
      close: async () => {
        await queue.stop()
        await events.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
