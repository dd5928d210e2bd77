import type { Clock } from '../../platform/clock.ts'
import type { Events } from '../../platform/events/events.ts'

/** How long a validated login is cached, in milliseconds. A revocation must reach every node within a second. */
const ttlMs = 900

/** The maximum number of cached logins; beyond that the oldest are evicted. */
const maxEntries = 10_000

/** Validates a request's secret: a cookie's token, or an API token. */
type LookUp<Viewer> = (secret: string) => Promise<Viewer | null>

export type AuthCacheOptions<Viewer> = Readonly<{
  events: Pick<Events, 'on' | 'onReconnect' | 'isReady'>
  clock: Clock
  lookUp: LookUp<Viewer>
  /** The cache key: a digest, so that no secret stays in memory. */
  digestOf(secret: string): string
  /** The ID of the login in notifications on `endedOn`. */
  idOf(viewer: Viewer): string
  endedOn: string
}>

export type AuthCache<Viewer> = Readonly<{
  lookUp: LookUp<Viewer>
  /** Clears the cache: a login ended on this node must not stay valid for another moment. */
  clear(): void
}>

type CacheEntry<Viewer> = Readonly<{ viewer: Viewer; since: number; at: number }>

/**
 * Caches the viewer behind a secret for less than a second, so a burst of requests queries the database once. Only
 * while this node receives revocations: without the listening connection, each request queries the database.
 */
export function createAuthCache<Viewer>(options: AuthCacheOptions<Viewer>): AuthCache<Viewer> {
  const { events, clock, lookUp, digestOf, idOf, endedOn } = options
  const entries = new Map<string, CacheEntry<Viewer>>()
  let generation = 0

  function clear(): void {
    generation += 1
    entries.clear()
  }

  events.onReconnect(clear)
  events.on(endedOn, (id) => {
    generation += 1
    for (const [digest, { viewer }] of entries) if (idOf(viewer) === id) entries.delete(digest)
  })

  return {
    clear,
    lookUp: async (secret) => {
      const digest = digestOf(secret)
      const known = entries.get(digest)
      if (known !== undefined && events.isReady() && isFresh(known, clock)) return known.viewer
      const before = generation
      const viewer = await lookUp(secret)
      entries.delete(digest)
      // A revocation received meanwhile may be newer than what was read.
      if (viewer === null || before !== generation) return viewer
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value ?? '')
      entries.set(digest, { viewer, since: performance.now(), at: clock.now().getTime() })
      return viewer
    },
  }
}

/** By the monotonic clock, and by `clock`, because a jump of it may expire the session. */
function isFresh({ since, at }: CacheEntry<unknown>, clock: Clock): boolean {
  return performance.now() - since < ttlMs && Math.abs(clock.now().getTime() - at) < ttlMs
}
