import { RequestCache } from '@pothos/plugin-scope-auth'
import type { Devices } from '../../core/access/devices.ts'
import type { LoginThrottle } from '../../core/access/login-throttle.ts'
import type { PasswordStrength } from '../../core/access/password-strength.ts'
import type { Passwords } from '../../core/access/passwords.ts'
import type { RateLimiter } from '../../core/access/rate-limiter.ts'
import type { StoredDocuments } from '../../core/access/stored-documents.ts'
import type { Origin, PersonViewer, Viewer } from '../../core/access/viewer.ts'
import type { Bursts } from '../../core/audit/bursts.ts'
import type { Identities } from '../../core/audit/identity.ts'
import type { PeopleNotes, PeopleRead } from '../../core/audit/read/people-read.ts'
import type { RefusedTokens } from '../../core/audit/refused-tokens.ts'
import type { Withdrawals } from '../../core/restore/withdrawals.ts'
import type { RevocationWatcher } from '../../core/sessions/revocation-watcher.ts'
import type { Sessions } from '../../core/sessions/sessions.ts'
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
 * The services that features offer to each other. A feature adds those that it needs by module augmentation.
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: features add its members.
export interface FeatureServices {}

/** Everything a use case may need, created once at start and passed down. */
export type Deps = Readonly<FeatureServices> &
  Readonly<{
    env: Env
    log: Log
    clock: Clock
    newId: NewId
    database: Database
    statements: Statements
    vault: Vault
    /** Keeps outside the database what was withdrawn or deleted on request. */
    withdrawals: Withdrawals
    /** Records who each user is whenever that changes. */
    identities: Identities
    sessions: Sessions
    tokens: Tokens
    /** Has the next request of everybody ask the database who they are. */
    forgetLogins: () => void
    revocationWatcher: RevocationWatcher
    passwords: Passwords
    passwordStrength: PasswordStrength
    loginThrottle: LoginThrottle
    devices: Devices
    /** Puts bursts of refusals on record. */
    bursts: Bursts
    refusedTokens: RefusedTokens
    /** Puts on record who got people in clear. */
    peopleRead: PeopleRead
    rateLimiter: RateLimiter
    /** Null: this server sends no mail. */
    mailer: Mailer | null
    queue: Queue
    events: Events
    /** Runs subscriptions that are stored, for one event each. */
    documents: StoredDocuments
    /** The way to URLs that somebody else chose. */
    receivers: GuardedPost
    /** The way to AI providers, whose addresses are settings. */
    providerFetch: typeof fetch
    /** Notices a proxy that nobody has told the server of. */
    proxyWatch: ProxyWatch
  }>

/** What one operation knows: who asks, from where, and with what. */
export type Context = {
  readonly deps: Deps
  /** Changes only by signing in and out: see `becomeViewer`. */
  viewer: Viewer | null
  readonly origin: Origin
  /** Checks other operations without running them. */
  readonly operations: Operations
  /** Sets a cookie on the answer. Null over a WebSocket, whose answers have no headers: ask `cookieSetterOf` first. */
  readonly setCookie: ((cookie: string) => void) | null
  /** Batches what one operation opens, so that each kind of opening is one transaction. */
  readonly memo: Map<symbol, unknown>
  /** Whose people the answer names. They go on record before it leaves. */
  readonly people: PeopleNotes
}

/**
 * The viewer of an operation whose rule has made sure that there is one.
 *
 * @throws UnauthenticatedError where the rule did not
 */
export function viewerOf(context: Context): Viewer {
  if (context.viewer === null) throw new UnauthenticatedError()
  return context.viewer
}

/**
 * The person who asks, for what no API token may do.
 *
 * @throws ForbiddenError where a token asks: the field said `session`, so the token should not have come here
 */
export function personOf(context: Context): PersonViewer {
  const viewer = viewerOf(context)
  if (viewer.kind !== 'person') throw new ForbiddenError()
  return viewer
}

/**
 * What sets a cookie on the answer. Ask before anything is done that only makes sense with the cookie: a session whose
 * token reached nobody would live on for weeks.
 *
 * @throws ChurchHubError BAD_REQUEST where no cookie can be set
 */
export function cookieSetterOf({ setCookie }: Context): (cookie: string) => void {
  if (setCookie === null) {
    throw new ChurchHubError('BAD_REQUEST', "Sign in and out over HTTP. A WebSocket can't set cookies.")
  }
  return setCookie
}

/** Makes one value per operation: the first call under a key makes it, later ones get the same. */
export function once<T>(context: Context, key: symbol, make: () => T): T {
  if (!context.memo.has(key)) context.memo.set(key, make())
  return context.memo.get(key) as T // the key is private to one call site, which always makes the same type
}

/**
 * Makes the rest of an operation that of somebody else, or of nobody: what follows a sign-in is asked by whoever signed
 * in. What was decided or batched for the viewer before is forgotten.
 */
export function becomeViewer(context: Context, viewer: Viewer | null): void {
  context.viewer = viewer
  context.memo.clear()
  RequestCache.clearForContext(context)
}
