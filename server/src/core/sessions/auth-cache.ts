import type { Clock } from '../../platform/clock.ts'
import type { Events } from '../../platform/events/events.ts'

/** How long a validated login is cached, in milliseconds. A revocation must reach every node within a second. */
const rememberedMs = 900

/** The maximum number of cached logins; beyond that the oldest are evicted. */
const rememberedLogins = 10_000

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
  forget(): void
}>

type Remembered<Viewer> = Readonly<{ viewer: Viewer; since: number; at: number }>

/**
 * Caches the viewer behind a secret for less than a second, so a burst of requests queries the database once. Only
 * while this node receives revocations: without the listening connection, each request queries the database.
 */
export function createAuthCache<Viewer>(options: AuthCacheOptions<Viewer>): AuthCache<Viewer> {
  const { events, clock, lookUp, digestOf, idOf, endedOn } = options
  const remembered = new Map<string, Remembered<Viewer>>()
  let generation = 0

  function forget(): void {
    generation += 1
    remembered.clear()
  }

  events.onReconnect(forget)
  events.on(endedOn, (id) => {
    generation += 1
    for (const [digest, { viewer }] of remembered) if (idOf(viewer) === id) remembered.delete(digest)
  })

  return {
    forget,
    lookUp: async (secret) => {
      const digest = digestOf(secret)
      const known = remembered.get(digest)
      if (known !== undefined && events.isReady() && isFresh(known, clock)) return known.viewer
      const before = generation
      const viewer = await lookUp(secret)
      remembered.delete(digest)
      // A revocation received meanwhile may be newer than what was read.
      if (viewer === null || before !== generation) return viewer
      if (remembered.size >= rememberedLogins) remembered.delete(remembered.keys().next().value ?? '')
      remembered.set(digest, { viewer, since: performance.now(), at: clock.now().getTime() })
      return viewer
    },
  }
}

/** By the monotonic clock, and by `clock`, because a jump of it may expire the session. */
function isFresh({ since, at }: Remembered<unknown>, clock: Clock): boolean {
  return performance.now() - since < rememberedMs && Math.abs(clock.now().getTime() - at) < rememberedMs
}
