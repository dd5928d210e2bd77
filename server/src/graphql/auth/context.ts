import { RequestCache } from '@pothos/plugin-scope-auth'
import type { Cursors } from '../../core/access/cursors.ts'
import type { Devices } from '../../core/access/devices.ts'
import type { LoginThrottle } from '../../core/access/login-throttle.ts'
import type { PasswordStrength } from '../../core/access/password-strength.ts'
import type { Passwords } from '../../core/access/passwords.ts'
import type { RateLimiter } from '../../core/access/rate-limiter.ts'
import type { StoredDocuments } from '../../core/access/stored-documents.ts'
import type { Origin, PersonViewer, Viewer } from '../../core/access/viewer.ts'
import type { Bursts } from '../../core/audit/bursts.ts'
import type { Identities } from '../../core/audit/identity.ts'
import type { AuditedReader } from '../../core/audit/read/audited-reader.ts'
import type { PeopleNotes, PeopleRead } from '../../core/audit/read/people-read.ts'
import type { RefusedTokens } from '../../core/audit/refused-tokens.ts'
import type { Withdrawals } from '../../core/restore/withdrawals.ts'
import type { RevocationWatcher } from '../../core/sessions/revocation-watcher.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
import type { FieldUses } from '../../core/tokens/field-uses.ts'
import type { Tokens } from '../../core/tokens/tokens.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Env } from '../../platform/config/env.ts'
import type { Database, Statements } from '../../platform/database/client.ts'
import { ChurchHubError, ForbiddenError, UnauthenticatedError } from '../../platform/errors.ts'
import type { Events } from '../../platform/events/events.ts'
import type { ProxyWatch } from '../../platform/http/forwarding.ts'
import type { GuardedPost } from '../../platform/http/guarded-post.ts'
import type { NewId } from '../../platform/ids.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import type { Operations } from '../limits/check-operation.ts'

/**
 * The services that features offer to each other. Each feature adds its own by module augmentation.
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: features add its members.
export interface FeatureServices {}

/** The services that use cases depend on, created once at startup and passed down. */
export type Deps = Readonly<FeatureServices> &
  Readonly<{
    env: Env
    log: Log
    clock: Clock
    newId: NewId
    database: Database
    statements: Statements
    vault: Vault
    /** Records withdrawals and deletions by request outside the database. */
    withdrawals: Withdrawals
    /** Records each change of a user's identity. */
    identities: Identities
    sessions: Sessions
    tokens: Tokens
    /** Records which fields each API token uses. */
    fieldUses: FieldUses
    /** Clears the auth cache, so that the next request of each caller is checked against the database. */
    clearCaches: () => void
    revocationWatcher: RevocationWatcher
    passwords: Passwords
    passwordStrength: PasswordStrength
    loginThrottle: LoginThrottle
    devices: Devices
    /** Records bursts of refusals in the audit log. */
    bursts: Bursts
    refusedTokens: RefusedTokens
    /** Reads encrypted rows once each read is on record. */
    auditedReader: AuditedReader
    /** Records in the audit log who read plaintext names of people. */
    peopleRead: PeopleRead
    rateLimiter: RateLimiter
    /** Encrypts the cursors of lists. */
    cursors: Cursors
    /** Null if no mail server is configured. */
    mailer: Mailer | null
    queue: Queue
    events: Events
    /** Runs stored subscriptions, once per event. */
    documents: StoredDocuments
    /** Sends requests to URLs that users chose. */
    receivers: GuardedPost
    /** Sends requests to AI providers, whose addresses are settings. */
    providerFetch: typeof fetch
    /** Detects a reverse proxy that isn't configured. */
    proxyWatch: ProxyWatch
  }>

/** The context of one operation: the viewer, the origin and the services. */
export type Context = {
  readonly deps: Deps
  /** Changes only on sign-in and sign-out: see `becomeViewer`. */
  viewer: Viewer | null
  readonly origin: Origin
  /** Checks other operations without running them. */
  readonly operations: Operations
  /**
   * Sets a cookie on the response. Null over a WebSocket, whose messages have no headers: call `cookieSetterOf` first.
   */
  readonly setCookie: ((cookie: string) => void) | null
  /** Batches the reads of encrypted fields, so that each kind takes one transaction per operation. */
  readonly memo: Map<symbol, unknown>
  /** The bookings whose people the response shows. Recorded in the audit log before it is sent. */
  readonly people: PeopleNotes
}

/**
 * The viewer of an operation whose rule requires one.
 *
 * @throws UnauthenticatedError if there is no viewer
 */
export function viewerOf(context: Context): Viewer {
  if (context.viewer === null) throw new UnauthenticatedError()
  return context.viewer
}

/**
 * The signed-in viewer, for fields that API tokens can't use.
 *
 * @throws ForbiddenError if the viewer is a token. The field's `session` requirement should have rejected it earlier.
 */
export function personOf(context: Context): PersonViewer {
  const viewer = viewerOf(context)
  if (viewer.kind !== 'person') throw new ForbiddenError()
  return viewer
}

/**
 * The function that sets a cookie on the response. Call this before any work that depends on the cookie: a session
 * whose cookie can't be delivered would stay valid for weeks.
 *
 * @throws ChurchHubError BAD_REQUEST if the transport can't set cookies
 */
export function cookieSetterOf({ setCookie }: Context): (cookie: string) => void {
  if (setCookie === null) {
    throw new ChurchHubError('BAD_REQUEST', "Sign in and out over HTTP. A WebSocket can't set cookies.")
  }
  return setCookie
}

/** Returns one value per operation and key. The first call creates it. */
export function memoized<T>(context: Context, key: symbol, create: () => T): T {
  if (!context.memo.has(key)) context.memo.set(key, create())
  return context.memo.get(key) as T // the key is private to one call site, which always creates the same type
}

/**
 * Changes the viewer for the rest of an operation, after signing in or out. Clears everything that was decided or
 * batched for the previous viewer.
 */
export function becomeViewer(context: Context, viewer: Viewer | null): void {
  context.viewer = viewer
  context.memo.clear()
  RequestCache.clearForContext(context)
}
