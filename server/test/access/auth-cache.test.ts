import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthCache } from '../../src/core/sessions/auth-cache.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { statementsOf } from '../support/seen-statements.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const viewerQuery = '{ viewer { id } }'
const signOut = 'mutation { signOut { ok } }'

async function sessionsAsked(work: () => Promise<unknown>): Promise<number> {
  return (await statementsOf(work)).filter(({ sql }) => /\bsessions\b/.test(sql)).length
}

async function isAuthenticated(person: Person, url: string): Promise<boolean> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: person.cookie },
    body: JSON.stringify({ query: viewerQuery }),
  })
  return (await response.text()).includes('"viewer":{')
}

describe('a login that was just looked up', () => {
  it('is not looked up again during a burst of requests', async () => {
    church.deps.clearCaches()
    const asked = await sessionsAsked(async () => {
      for (let n = 0; n < 5; n++) await church.ask(church.pastor, viewerQuery)
    })
    expect(asked).toBe(1)
  })

  it('is evicted at once when it ends on the same node', async () => {
    const person = await church.signIn(church.pastor)
    expect(await isAuthenticated(person, church.url)).toBe(true)
    await church.ask(person, signOut)
    expect(await isAuthenticated(person, church.url)).toBe(false)
  })

  it('is evicted within a second when it ends on another node', async () => {
    const other = await church.secondNode()
    const person = await church.signIn(church.pastor)
    expect(await isAuthenticated(person, church.url)).toBe(true)
    await other.ask(person, signOut)
    const startedMs = performance.now()
    while (await isAuthenticated(person, church.url)) await wait(5)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})

// Fails without `isReady`, `generation` or `isFresh`.
describe('a cached login', () => {
  function createCache(options: { isReady?: boolean; clock?: typeof systemClock } = {}) {
    const handlers = new Map<string, (id: string) => void>()
    const lookups: string[] = []
    let onReconnect = () => {}
    const logins = createAuthCache({
      events: {
        on: (channel, handler) => {
          handlers.set(channel, handler)
          return () => {}
        },
        onReconnect: (handler) => {
          onReconnect = handler
          return () => {}
        },
        isReady: () => options.isReady ?? true,
      },
      clock: options.clock ?? systemClock,
      lookUp: async (secret) => {
        lookups.push(secret)
        return { id: secret }
      },
      digestOf: (secret) => secret,
      idOf: ({ id }) => id,
      endedOn: 'ended',
    })
    return { ...logins, lookups, end: (id: string) => handlers.get('ended')?.(id), reconnect: () => onReconnect() }
  }

  it('is ignored while notifications are unavailable', async () => {
    const { lookUp, lookups } = createCache({ isReady: false })
    await lookUp('a')
    await lookUp('a')
    expect(lookups).toEqual(['a', 'a'])
  })

  it('is evicted on reconnect and when its end is announced', async () => {
    const { lookUp, lookups, reconnect, end } = createCache()
    await lookUp('a')
    reconnect()
    await lookUp('a')
    end('a')
    await lookUp('a')
    await lookUp('a')
    expect(lookups).toEqual(['a', 'a', 'a'])
  })

  it('is discarded if its end is announced during the lookup', async () => {
    const { lookUp, lookups, end } = createCache()
    const pendingLookup = lookUp('a')
    end('a')
    await pendingLookup
    await lookUp('a')
    expect(lookups).toEqual(['a', 'a'])
  })

  it('is evicted when the clock jumps', async () => {
    let now = new Date('2026-08-04T09:00:00Z')
    const { lookUp, lookups } = createCache({ clock: { now: () => now } })
    await lookUp('a')
    now = new Date('2026-09-04T09:00:00Z')
    await lookUp('a')
    expect(lookups).toEqual(['a', 'a'])
  })
})
