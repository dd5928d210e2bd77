import { createCursors } from './core/access/cursors.ts'
import { createDevices } from './core/access/devices.ts'
import { createLoginThrottle } from './core/access/login-throttle.ts'
import { createPasswordStrength } from './core/access/password-strength.ts'
import { createPasswords } from './core/access/passwords.ts'
import { createRateLimiter } from './core/access/rate-limiter.ts'
import type { StoredDocuments } from './core/access/stored-documents.ts'
import { createBursts } from './core/audit/bursts.ts'
import { createIdentities } from './core/audit/identity.ts'
import { createAuditedReader } from './core/audit/read/audited-reader.ts'
import { createPeopleRead } from './core/audit/read/people-read.ts'
import { createRefusedTokens } from './core/audit/refused-tokens.ts'
import { recordBaseline } from './core/audit/verify/baseline.ts'
import { recordRewrapped } from './core/keys/record-rewrapped.ts'
import { followRestores } from './core/restore/follow-restores.ts'
import { createRestoreWatch } from './core/restore/restore-watch.ts'
import { createWithdrawals } from './core/restore/withdrawals.ts'
import { createLogins } from './core/sessions/logins.ts'
import { createRevocationWatcher } from './core/sessions/revocation-watcher.ts'
import { createFieldUses } from './core/tokens/field-uses.ts'
import { checkDataKeys } from './core/vault/keyring.ts'
import { openVault, type Vault } from './core/vault/vault.ts'
import { createChangeTails } from './features/bookings/change-feed/create-change-tails.ts'
import { type BookingBatcher, createBookingBatcher } from './features/bookings/write/create-booking-batcher.ts'
import { reapplyWithdrawals } from './features/maintenance/reapply-withdrawals.ts'
import { createBookingSummaries } from './features/summaries/generate/create-booking-summaries.ts'
import { followChanges } from './features/webhooks/delivery/follow-changes.ts'
import type { Deps } from './graphql/auth/context.ts'
import { createOperations } from './graphql/limits/check-operation.ts'
import { createStoredDocuments } from './graphql/transport/stored-documents.ts'
import { openJobQueue } from './jobs.ts'
import type { Clock } from './platform/clock.ts'
import { createSemaphore } from './platform/concurrency/semaphore.ts'
import type { Env } from './platform/config/env.ts'
import { checkDatabase } from './platform/database/check.ts'
import { createDatabase, type Database, type Statements } from './platform/database/client.ts'
import { createDatabaseClock } from './platform/database/database-clock.ts'
import { migrateDatabase } from './platform/database/migrate.ts'
import { createMonthPartitions, isLockConflict, readInaccessiblePartitions } from './platform/database/partitions.ts'
import { keepsStatements } from './platform/database/pooler.ts'
import { createEvents, type Events } from './platform/events/events.ts'
import { createAddressGuard } from './platform/http/address-guard.ts'
import { createProxyWatch } from './platform/http/forwarding.ts'
import { createGuardedFetch } from './platform/http/guarded-fetch.ts'
import { createGuardedPost } from './platform/http/guarded-post.ts'
import { newId } from './platform/ids.ts'
import type { WorkingQueue } from './platform/jobs/queue.ts'
import type { Log } from './platform/logging/log.ts'
import { createMailer } from './platform/mail/mailer.ts'
import { schema } from './schema.ts'

/** The number of months for which partitions are created at start. A nightly job continues from there. */
const monthsAhead = 3

/** Limits on concurrent and queued sign-ins. Each uses a database connection. */
const signInLimits = { maxConcurrent: 4, maxQueued: 60 }

/** The same for known devices, counted separately from unknown ones. */
const knownDeviceLimits = { maxConcurrent: 2, maxQueued: 60 }

/** Limits on concurrent and queued password checks. Each takes 19 MiB and a thread. */
const passwordLimits = { maxConcurrent: 2, maxQueued: 64 }

export type BootstrapOptions = Readonly<{
  env: Env
  log: Log
  /** The database URL. */
  url: string
  /** The same without a pooler, for LISTEN, the queue and migrations. */
  directUrl: string
  /** Whether this process runs jobs or only enqueues them. */
  runsJobs: boolean
}>

export type Services = Readonly<{
  deps: Deps & Readonly<{ queue: WorkingQueue; applyInBatch: BookingBatcher }>
  /** Closes everything, in reverse order. */
  close(): Promise<void>
}>

/**
 * The composition root: migrates the database, then creates every service once, each after those it depends on.
 *
 * @throws ConfigurationError if the database can't be reached or the encryption key is wrong. Then nothing was written.
 */
export async function bootstrap(options: BootstrapOptions): Promise<Services> {
  const { env, log, url, directUrl, runsJobs } = options
  await checkDatabase({ url: directUrl })
  const preparesStatements = await keepsStatements(url)
  if (!preparesStatements) log.warn('the connection pooler of DATABASE_URL loses prepared statements: none are used')
  const { database, statements, connectPipelined, close } = createDatabase({
    url,
    applicationName: 'churchhub',
    maxConnections: env.databasePoolSize,
    statementTimeoutMs: env.limits.statementMs,
    preparesStatements,
  })
  let stopClock = () => {}
  try {
    const clock = await createDatabaseClock(database, log)
    stopClock = clock.stop
    const shared = { ...options, clock }
    const { vault, restoreWatch } = await prepareDatabase(database, shared)
    const events = createEvents({ url: directUrl, log })
    const queue = await openJobQueue({ url: directUrl, log, runsJobs, newId })
    const access = createAccess(database, statements, events, shared)
    const summaries = createBookingSummaries({ queue })
    const applyInBatch = createBookingBatcher({ connectPipelined, vault, clock, newId, summaries })
    const operations = createOperations({ schema, publicSchema: schema, limits: env.limits.operation })
    // Stored documents run with these services, which include them.
    const documents: StoredDocuments = createStoredDocuments({ schema, operations, depsOf: () => deps })
    const deps: Services['deps'] = {
      env,
      log,
      clock,
      newId,
      database,
      statements,
      vault,
      events,
      queue,
      summaries,
      applyInBatch,
      changeTails: createChangeTails({ database, events, log, revocationWatcher: access.revocationWatcher }),
      documents,
      withdrawals: createWithdrawals({ path: env.withdrawalsFile, clock, newId }),
      ...access,
      ...createAudit(database, vault, shared),
      ...createOutbound(options),
    }
    await reapplyWithdrawals(deps)
    const restores = followRestores({
      watch: restoreWatch,
      events,
      log,
      onRestored: async () => {
        access.clearCaches()
        await access.revocationWatcher.confirmAll()
        await reapplyWithdrawals(deps)
      },
    })
    const following = runsJobs ? followChanges(deps) : null
    return {
      deps,
      close: async () => {
        await following?.stop()
        await queue.stop()
        await access.passwordStrength.close()
        access.revocationWatcher.close()
        await restores.stop()
        await events.close()
        stopClock()
        await close()
      },
    }
  } catch (error) {
    stopClock()
    await close()
    throw error
  }
}

type Options = Pick<BootstrapOptions, 'env' | 'log'> & Readonly<{ clock: Clock }>

/** Migrates the database, opens its keys, and ends all access if it was restored from a backup. */
async function prepareDatabase(
  database: Database,
  { env, log, clock, directUrl }: Options & Pick<BootstrapOptions, 'directUrl'>,
) {
  const masterKeys = { masterKey: env.encryptionKey, previousMasterKey: env.previousEncryptionKey }
  // First: a server with another church's key must not even migrate this database.
  await checkDataKeys({ database, ...masterKeys })
  await migrateDatabase({ url: directUrl, log })
  const vault = await openVault({ database, ...masterKeys, clock, onRewrapped: recordRewrapped })
  const restoreWatch = createRestoreWatch({
    database,
    home: env.home,
    sessionEpoch: env.sessionEpoch,
    keepsPasswords: env.restoreKeepsPasswords,
  })
  // Before anyone gets access: sessions, tokens and passwords in a restored database may no longer be valid.
  const { restored, hasBaseline } = await restoreWatch.check()
  if (restored !== null) log.warn({ cause: restored }, 'the database was restored: all access was ended')
  await recordBaseline({ database, vault }, { isRecordedElsewhere: hasBaseline })
  await restoreWatch.noteBaseline()
  await createMonthPartitions(database, { monthsAhead }).catch((error: unknown) => {
    // Other nodes hold locks on the tables. Rows go into the DEFAULT partition, and the nightly job tries again.
    if (!isLockConflict(error)) throw error
    log.warn('could not create partitions at startup: the tables are in use')
  })
  const partitions = await readInaccessiblePartitions(database)
  if (partitions.length > 0) {
    log.error(
      { partitions },
      'another role owns these partitions, so they can not be re-encrypted: make the user of DATABASE_URL their owner (ALTER TABLE … OWNER TO …)',
    )
  }
  return { vault, restoreWatch }
}

/** Sessions, tokens, passwords and rate limits. */
function createAccess(database: Database, { readRows }: Statements, events: Events, { env, log, clock }: Options) {
  const secureCookies = env.publicUrl.startsWith('https:')
  const masterKey = env.encryptionKey
  const { sessions, tokens, clearCaches } = createLogins({ database, readRows, clock, events, secureCookies })
  const devices = createDevices({ clock, masterKey, secureCookies })
  return {
    sessions,
    tokens,
    clearCaches,
    fieldUses: createFieldUses({ database, clock, log }),
    devices,
    revocationWatcher: createRevocationWatcher({
      events,
      log,
      logins: {
        person: { endedOn: 'session_ended', findValid: sessions.findValid },
        token: { endedOn: 'token_ended', findValid: tokens.findValid },
      },
    }),
    passwordStrength: createPasswordStrength(),
    passwords: createPasswords(createSemaphore(passwordLimits)),
    loginThrottle: createLoginThrottle({
      database,
      clock,
      masterKey,
      devices,
      semaphore: createSemaphore(signInLimits),
      deviceSemaphore: createSemaphore(knownDeviceLimits),
    }),
    rateLimiter: createRateLimiter({ database, clock, masterKey, limits: env.limits.budget }),
    cursors: createCursors({ masterKey, previousMasterKey: env.previousEncryptionKey }),
  }
}

/** Audit services: user identities, access to personal data, and refusals. */
function createAudit(database: Database, vault: Vault, { log, clock }: Options) {
  const bursts = createBursts({ database, clock, log })
  return {
    identities: createIdentities(vault),
    bursts,
    refusedTokens: createRefusedTokens({ database, clock, bursts }),
    auditedReader: createAuditedReader(database),
    peopleRead: createPeopleRead({ database }),
  }
}

/** Clients of other systems, and the detection of an unconfigured proxy. */
function createOutbound({ env, log }: Omit<Options, 'clock'>) {
  return {
    mailer: env.mail === null ? null : createMailer(env.mail),
    receivers: createGuardedPost({ allowedNetworks: env.webhookNetworks }),
    providerTimeoutMs: env.limits.aiMs,
    providerFetch: createGuardedFetch({
      mayReach: createAddressGuard(env.aiNetworks).mayReach,
      maxResponseBytes: 1_000_000,
    }),
    proxyWatch: createProxyWatch({
      ...env,
      onDetected: () =>
        log.warn(
          'requests come through a proxy, and TRUSTED_PROXIES is not set: everybody has the same address here, so limits and the audit log can not tell people apart',
        ),
    }),
  }
}
