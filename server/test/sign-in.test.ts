import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buckets } from '../src/core/access/attempts.ts'
import { type Answer, password, type RunningChurch, type RunningNode, startChurch } from './running-church.ts'
import { openSocket } from './sockets.ts'

const { pair, account } = buckets.password
const mutation = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { email } } }'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  // Whoever asks says where from: the tests play many addresses.
  church = await startChurch({ works: false, variables: { TRUSTED_PROXIES: '127.0.0.1' } })
  node = await church.secondNode()
})
afterAll(() => church.close())

let lastAddress = 0
/** An address that no other test asks from. */
const freshAddress = () => `198.51.${Math.floor(++lastAddress / 250)}.${lastAddress % 250}`

type Try = Readonly<{ email: string; password?: string; from: string; at?: Pick<RunningNode, 'ask'> }>

function trySignIn({ email, password: given = 'not their password', from, at = church }: Try): Promise<Answer> {
  return at.ask(null, mutation, { input: { email, password: given } }, { 'x-forwarded-for': from })
}

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code) ?? []

async function codesOfTries(count: number, make: (index: number) => Try): Promise<unknown[]> {
  const codes: unknown[] = []
  for (let index = 0; index < count; index++) codes.push(...codesOf(await trySignIn(make(index))))
  return codes
}

const countOfFailures = () => church.deps.database.auditLog.count({ where: { action: 'session.sign_in_failed' } })

describe('signing in', () => {
  it('is limited per account and address, on two nodes together, the same for an account that nobody has', async () => {
    const person = await church.addPerson('pastor', 'Pastor Silas', 21)
    for (const email of [person.email, 'nobody@church.example']) {
      const from = freshAddress()
      const at = (index: number) => (index % 2 ? church : node)
      const codes = await codesOfTries(pair.atOnce, (index) => ({ email, from, at: at(index) }))
      expect(codes).toEqual(Array.from({ length: pair.atOnce }, () => 'UNAUTHENTICATED'))
      for (const refusing of [church, node]) {
        const refused = await trySignIn({ email, password, from, at: refusing })
        expect(codesOf(refused)).toEqual(['RATE_LIMITED'])
        const seconds = Number(refused.errors?.[0]?.extensions.retryAfterSeconds)
        expect(seconds).toBeGreaterThan(0)
        expect(seconds).toBeLessThanOrEqual(pair.refillSeconds)
      }
    }
  })

  it('counts the address of an account however it is spelled', async () => {
    const from = freshAddress()
    const spellings = ['mark@church.example', ' MARK@church.example', 'Mark@Church.Example ']
    const codes = await codesOfTries(pair.atOnce + 1, (index) => ({ email: spellings[index % 3] ?? '', from }))
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })

  it('is counted per field call: thirty in one document are no way round it', async () => {
    const email = 'alias@church.example'
    const calls = Array.from({ length: 30 }, (_, at) => `a${at}: signIn(input: $input) { viewer { id } }`)
    const document = `mutation($input: SignInInput!) { ${calls.join('\n')} }`
    const headers = { 'x-forwarded-for': freshAddress() }
    const before = await countOfFailures()
    const codes: unknown[] = []
    for (let times = 0; times <= pair.atOnce; times++) {
      codes.push(...codesOf(await church.ask(null, document, { input: { email, password: 'guess' } }, headers)))
    }
    expect(await countOfFailures()).toBe(before + pair.atOnce)
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })

  it('lets a pastor in from where they sign in, while a thousand addresses guess at their password', async () => {
    const person = await church.addPerson('pastor', 'Pastor Titus', 22)
    const home = freshAddress()
    expect(codesOf(await trySignIn({ email: person.email, password, from: home }))).toEqual([])
    // What those guesses take, without the work of checking them.
    for (let guess = 0; guess < account.atOnce; guess++) {
      const attempt = { kind: 'password', email: person.email, ipAddress: freshAddress() } as const
      await church.deps.attempts.run(attempt, async () => undefined)
    }
    expect(codesOf(await trySignIn({ email: person.email, password, from: freshAddress() }))).toEqual(['RATE_LIMITED'])
    expect(codesOf(await trySignIn({ email: person.email, password, from: home, at: node }))).toEqual([])
  })

  it('is refused over a WebSocket before a session is made that nobody could hold', async () => {
    const { client } = await openSocket(church.url, church.pastor)
    const sessions = () => church.deps.database.session.count()
    const before = await sessions()
    const input = { email: church.pastor.email, password }
    const result = await client.iterate({ query: mutation, variables: { input } }).next()
    expect(result.value.errors[0].extensions.code).toBe('BAD_REQUEST')
    expect(await sessions()).toBe(before)
    expect(await church.deps.sessions.isAlive(church.pastor.viewer.sessionId)).toBe(true)
    await client.dispose()
  })

  it('leaves the server alive while three hundred try at once, each from an address of their own', async () => {
    const flood = Array.from({ length: 300 }, (_, at) => {
      return trySignIn({ email: `flood${at}@church.example`, from: freshAddress() })
    })
    const answers = Promise.all(flood)
    const isOver = answers.then(() => true)
    let answered = 0
    // As a load balancer would: again and again, on connections of its own.
    while (!(await Promise.race([isOver, wait(10, false)]))) {
      expect((await fetch(`${church.url}/healthz`)).status).toBe(200)
      answered += 1
    }
    // By their order, since how long one takes depends on the machine: they came while the flood was on, not after it.
    expect(answered).toBeGreaterThan(5)
    const codes = (await answers).flatMap(codesOf)
    expect(codes).toHaveLength(300)
    // Some wait their turn; some are told at once to come again. How many depends on the machine: bounded.test.ts holds the bound.
    expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED', 'UNAUTHENTICATED']))
  })
})
