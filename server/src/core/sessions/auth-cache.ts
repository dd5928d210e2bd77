import type { Clock } from '../../platform/clock.ts'
import type { Events } from '../../platform/events/events.ts'

/** How long a login that was just looked up need not be looked up again. Its end must reach every node within a second. */
const rememberedMs = 900

/** Logins remembered at once; beyond them the oldest is looked up again early. */
const rememberedLogins = 10_000

/** Looks a login up by what a request carries: a cookie's token, or an API token. */
type LookUp<Viewer> = (secret: string) => Promise<Viewer | null>

export type AuthCacheOptions<Viewer> = Readonly<{
  events: Pick<Events, 'on' | 'onReconnect' | 'isReady'>
  clock: Clock
  lookUp: LookUp<Viewer>
  /** What a login is remembered by: a digest, so that no secret stays in memory. */
  digestOf(secret: string): string
  /** What `endedOn` names the login by when it ends. */
  idOf(viewer: Viewer): string
  endedOn: string
}>

export type AuthCache<Viewer> = Readonly<{
  lookUp: LookUp<Viewer>
  /** Looks everybody up anew: whoever ended a login on this node must not see it hold for another moment. */
  forget(): void
}>

type Remembered<Viewer> = Readonly<{ viewer: Viewer; since: number; at: number }>

/**
 * Remembers for less than a second who stands behind a secret, so that a burst of requests asks the database once. Only
 * while this node hears of every end: with the listening connection away, each request asks.
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
      // An end that was told meanwhile may be later than what was read.
      if (viewer === null || before !== generation) return viewer
      if (remembered.size >= rememberedLogins) remembered.delete(remembered.keys().next().value ?? '')
      remembered.set(digest, { viewer, since: performance.now(), at: clock.now().getTime() })
      return viewer
    },
  }
}

/** By the machine's own time, which nobody sets, and by the clock, whose leap may be the end of a session. */
function isFresh({ since, at }: Remembered<unknown>, clock: Clock): boolean {
  return performance.now() - since < rememberedMs && Math.abs(clock.now().getTime() - at) < rememberedMs
}
