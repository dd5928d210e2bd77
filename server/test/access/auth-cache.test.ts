import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthCache } from '../../src/core/sessions/auth-cache.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { statementsOf } from '../support/seen-statements.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ works: false })
})
afterAll(() => church.close())

const who = '{ viewer { id } }'
const signOut = 'mutation { signOut { ok } }'

async function sessionsAsked(work: () => Promise<unknown>): Promise<number> {
  return (await statementsOf(work)).filter(({ sql }) => /\bsessions\b/.test(sql)).length
}

async function isLetIn(person: Person, url: string): Promise<boolean> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: person.cookie },
    body: JSON.stringify({ query: who }),
  })
  return (await response.text()).includes('"viewer":{')
}

describe('a login that was just looked up', () => {
  it('is not looked up again during a burst of requests', async () => {
    church.deps.forgetLogins()
    const asked = await sessionsAsked(async () => {
      for (let n = 0; n < 5; n++) await church.ask(church.pastor, who)
    })
    expect(asked).toBe(1)
  })

  it('is evicted at once when it ends on the same node', async () => {
    const person = await church.signIn(church.pastor)
    expect(await isLetIn(person, church.url)).toBe(true)
    await church.ask(person, signOut)
    expect(await isLetIn(person, church.url)).toBe(false)
  })

  it('is evicted within a second when it ends on another node', async () => {
    const other = await church.secondNode()
    const person = await church.signIn(church.pastor)
    expect(await isLetIn(person, church.url)).toBe(true)
    await other.ask(person, signOut)
    const since = performance.now()
    while (await isLetIn(person, church.url)) await wait(5)
    expect(performance.now() - since).toBeLessThan(1_000)
  })
})

// Fails without `isReady`, `generation` or `isFresh`.
describe('a cached login', () => {
  function remember(options: { isReady?: boolean; clock?: typeof systemClock } = {}) {
    const handlers = new Map<string, (id: string) => void>()
    const looked: string[] = []
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
        looked.push(secret)
        return { id: secret }
      },
      digestOf: (secret) => secret,
      idOf: ({ id }) => id,
      endedOn: 'ended',
    })
    return { ...logins, looked, end: (id: string) => handlers.get('ended')?.(id), reconnect: () => onReconnect() }
  }

  it('is ignored while notifications are unavailable', async () => {
    const { lookUp, looked } = remember({ isReady: false })
    await lookUp('a')
    await lookUp('a')
    expect(looked).toEqual(['a', 'a'])
  })

  it('is evicted on reconnect and when its end is announced', async () => {
    const { lookUp, looked, reconnect, end } = remember()
    await lookUp('a')
    reconnect()
    await lookUp('a')
    end('a')
    await lookUp('a')
    await lookUp('a')
    expect(looked).toEqual(['a', 'a', 'a'])
  })

  it('is discarded if its end is announced during the lookup', async () => {
    const { lookUp, looked, end } = remember()
    const looking = lookUp('a')
    end('a')
    await looking
    await lookUp('a')
    expect(looked).toEqual(['a', 'a'])
  })

  it('is evicted when the clock jumps', async () => {
    let now = new Date('2026-08-04T09:00:00Z')
    const { lookUp, looked } = remember({ clock: { now: () => now } })
    await lookUp('a')
    now = new Date('2026-09-04T09:00:00Z')
    await lookUp('a')
    expect(looked).toEqual(['a', 'a'])
  })
})
