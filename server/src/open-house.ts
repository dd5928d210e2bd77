import { createAttempts } from './core/access/attempts.ts'
import { createBudgets } from './core/access/budgets.ts'
import { createLiveness } from './core/access/liveness.ts'
import { createLogins } from './core/access/logins.ts'
import { createPasswords } from './core/access/passwords.ts'
import { recordRewrapped } from './core/keys/record-rewrapped.ts'
import { checkDataKeys } from './core/vault/keyring.ts'
import { openVault } from './core/vault/vault.ts'
import { followChanges } from './features/hooks/follow-changes.ts'
import type { Deps } from './graphql/context.ts'
import type { StoredDocuments } from './graphql/document-outcome.ts'
import { createOperations } from './graphql/limits/check-operation.ts'
import { createStoredDocuments } from './graphql/stored-documents.ts'
import { openJobQueue } from './jobs.ts'
import { createBounded } from './platform/bounded.ts'
import { systemClock } from './platform/clock.ts'
import { checkDatabase } from './platform/database/check.ts'
import { createDatabase } from './platform/database/client.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { gaveWay, makePartitions } from './platform/database/partitions.ts'
import type { Env } from './platform/env.ts'
import { createEvents } from './platform/events.ts'
import { createAddressGuard } from './platform/http/address-guard.ts'
import { createGuardedFetch } from './platform/http/guarded-fetch.ts'
import { createGuardedPost } from './platform/http/guarded-post.ts'
import { newId } from './platform/ids.ts'
import type { Log } from './platform/log.ts'
import { createMailer } from './platform/mail.ts'
import type { WorkingQueue } from './platform/queue.ts'
import { schema } from './schema.ts'

/** Months for which partitions are made ahead at a start; a job goes on with it every night. */
const monthsAhead = 3

/** Sign-ins at work at once, each with a connection to the database, and how many may wait for their turn. */
const signInBounds = { atOnce: 4, waiting: 60 }

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
 *   been written
 */
export async function openHouse({ env, log, url, directUrl, works }: HouseOptions): Promise<House> {
  await checkDatabase({ url: directUrl })
  const { database, statements, close } = createDatabase({
    url,
    applicationName: 'churchhub',
    maxConnections: env.databasePoolSize,
    statementTimeoutMs: env.limits.statementMs,
  })
  const clock = systemClock
  const masterKeys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
  try {
    // First of all: a server with another church's key must not so much as migrate this one's database.
    await checkDataKeys({ database, ...masterKeys })
    await migrateDatabase({ url: directUrl, log })
    const vault = await openVault({ database, ...masterKeys, clock, onRewrapped: recordRewrapped })
    await makePartitions(database, { monthsAhead }).catch((error: unknown) => {
      // Other nodes are busy with the tables. DEFAULT takes what comes meanwhile, and the nightly job tries again.
      if (!gaveWay(error)) throw error
      log.warn('partitions could not be made at the start: the tables are in use')
    })
    const events = createEvents({ url: directUrl, log })
    const queue = await openJobQueue({ url: directUrl, log, works, newId })
    const { sessions, tokens, forgetLogins } = createLogins({
      database,
      clock,
      events,
      secureCookies: env.publicUrl.startsWith('https:'),
    })
    const liveness = createLiveness({
      events,
      log,
      logins: {
        person: { endedOn: 'session_ended', aliveAmong: sessions.aliveAmong },
        token: { endedOn: 'token_ended', aliveAmong: tokens.aliveAmong },
      },
    })
    const passwords = createPasswords(createBounded(passwordBounds))
    const attempts = createAttempts({
      database,
      clock,
      masterKey: env.encryptionKey,
      turns: createBounded(signInBounds),
    })
    const budgets = createBudgets({ database, clock, masterKey: env.encryptionKey, limits: env.limits.budget })
    const mailer = env.mail === null ? null : createMailer(env.mail)
    const receivers = createGuardedPost({ allowedNetworks: env.webhookNetworks })
    const providerFetch = createGuardedFetch({
      mayReach: createAddressGuard(env.aiNetworks).mayReach,
      longestAnswerBytes: 1_000_000,
    })
    const operations = createOperations({ schema, publicSchema: schema, limits: env.limits.operation })
    const documents: StoredDocuments = createStoredDocuments({ schema, operations, depsOf: () => deps })
    const deps: House['deps'] = {
      env,
      log,
      clock,
      newId,
      database,
      statements,
      vault,
      sessions,
      tokens,
      forgetLogins,
      liveness,
      passwords,
      attempts,
      budgets,
      mailer,
      queue,
      events,
      documents,
      receivers,
      providerFetch,
    }
    const following = works ? followChanges(deps) : null
    return {
      deps,
      close: async () => {
        await following?.stop()
        await queue.stop()
        liveness.close()
        await events.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
