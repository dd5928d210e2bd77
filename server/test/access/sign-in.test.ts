import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attempt, buckets } from '../../src/core/access/login-throttle.ts'
import {
  type Answer,
  type Person,
  password,
  type RunningChurch,
  type RunningNode,
  startChurch,
} from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'

const { pair, account } = buckets.password
const mutation = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { email } } }'

let church: RunningChurch
let node: RunningNode

beforeAll(async () => {
  // The tests set `X-Forwarded-For` to act as many addresses.
  church = await startChurch({ runsJobs: false, variables: { TRUSTED_PROXIES: '127.0.0.1' } })
  node = await church.secondNode()
})
afterAll(() => church.close())

let lastAddress = 0
/** An address that no other test uses. */
const freshAddress = () => `198.51.${Math.floor(++lastAddress / 250)}.${lastAddress % 250}`

type Try = Readonly<{ email: string; password?: string; from: string; at?: Pick<RunningNode, 'ask'> }>

function trySignIn({ email, password = 'not their password', from, at = church }: Try): Promise<Answer> {
  return at.ask(null, mutation, { input: { email, password } }, { 'x-forwarded-for': from })
}

/** The known-device cookie that a sign-in of this person sets. */
async function deviceOf(person: Pick<Person, 'email'>, from: string): Promise<string> {
  const response = await fetch(`${church.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify({ query: mutation, variables: { input: { email: person.email, password } } }),
  })
  const cookie = response.headers.getSetCookie().find((each) => each.startsWith('churchhub_device='))
  return cookie?.split(';')[0] ?? ''
}

/** Takes what guesses take from the limits, without verifying a password. */
async function guessAll(count: number, attemptAt: (at: number) => Pick<Attempt, 'email' | 'ipAddress'>): Promise<void> {
  for (let sent = 0; sent < count; sent += 20) {
    const attempts = Array.from({ length: 20 }, (_, at) =>
      church.deps.loginThrottle
        .run({ kind: 'password', ...attemptAt(sent + at) }, async () => undefined)
        .catch(() => undefined),
    )
    await Promise.all(attempts)
  }
}

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code) ?? []

async function codesOfTries(count: number, attemptAt: (index: number) => Try): Promise<unknown[]> {
  const codes: unknown[] = []
  for (let index = 0; index < count; index++) codes.push(...codesOf(await trySignIn(attemptAt(index))))
  return codes
}

const countOfFailures = () => church.deps.database.auditLog.count({ where: { action: 'session.sign_in_failed' } })

describe('signing in', () => {
  it('is limited per account and address across two nodes, the same for an unknown account', async () => {
    const person = await church.addPerson('pastor', 'Pastor Silas', 21)
    for (const email of [person.email, 'nobody@church.example']) {
      const from = freshAddress()
      const at = (index: number) => (index % 2 ? church : node)
      const codes = await codesOfTries(pair.capacity, (index) => ({ email, from, at: at(index) }))
      expect(codes).toEqual(Array.from({ length: pair.capacity }, () => 'UNAUTHENTICATED'))
      for (const refusing of [church, node]) {
        const refused = await trySignIn({ email, password, from, at: refusing })
        expect(codesOf(refused)).toEqual(['RATE_LIMITED'])
        const seconds = Number(refused.errors?.[0]?.extensions.retryAfterSeconds)
        expect(seconds).toBeGreaterThan(0)
        expect(seconds).toBeLessThanOrEqual(pair.refillSeconds)
      }
    }
  })

  it('counts an account’s address in any spelling', async () => {
    const from = freshAddress()
    const spellings = ['mark@church.example', ' MARK@church.example', 'Mark@Church.Example ']
    const codes = await codesOfTries(pair.capacity + 1, (index) => ({ email: spellings[index % 3] ?? '', from }))
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })

  it('is counted per field, so thirty in one document don’t bypass the limit', async () => {
    const email = 'alias@church.example'
    const calls = Array.from({ length: 30 }, (_, at) => `a${at}: signIn(input: $input) { viewer { id } }`)
    const document = `mutation($input: SignInInput!) { ${calls.join('\n')} }`
    const headers = { 'x-forwarded-for': freshAddress() }
    const before = await countOfFailures()
    const codes: unknown[] = []
    for (let times = 0; times <= pair.capacity; times++) {
      codes.push(...codesOf(await church.ask(null, document, { input: { email, password: 'guess' } }, headers)))
    }
    expect(await countOfFailures()).toBe(before + 1)
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(pair.capacity)
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })

  it('lets a pastor in from the usual address while a thousand addresses guess the password', async () => {
    const person = await church.addPerson('pastor', 'Pastor Titus', 22)
    const home = freshAddress()
    expect(codesOf(await trySignIn({ email: person.email, password, from: home }))).toEqual([])
    // Takes what those guesses would take, without verifying a password.
    for (let guess = 0; guess < account.capacity; guess++) {
      const attempt = { kind: 'password', email: person.email, ipAddress: freshAddress() } as const
      await church.deps.loginThrottle.run(attempt, async () => undefined)
    }
    expect(codesOf(await trySignIn({ email: person.email, password, from: freshAddress() }))).toEqual(['RATE_LIMITED'])
    expect(codesOf(await trySignIn({ email: person.email, password, from: home, at: node }))).toEqual([])
  })

  it('lets everyone in while an attacker tries made-up accounts from the same address', async () => {
    const office = freshAddress()
    const known = await church.addPerson('pastor', 'Pastor Priscilla', 23)
    const fresh = await church.addPerson('pastor', 'Pastor Apollos', 24)
    const device = await deviceOf(known, office)
    // Twelve attempts at each of fifty unknown accounts, without verifying a password.
    await guessAll(600, (guess) => ({ email: `made-up${guess % 50}@church.example`, ipAddress: office }))
    expect(codesOf(await trySignIn({ email: 'made-up1@church.example', from: office }))).toEqual(['RATE_LIMITED'])
    for (const person of [fresh, known]) {
      expect(codesOf(await trySignIn({ email: person.email, password, from: office, at: node }))).toEqual([])
    }
    expect(device).not.toBe('')
  })

  it('lets known devices in while an attacker tries real accounts from the same address', async () => {
    const office = freshAddress()
    const people = await Promise.all(
      Array.from({ length: 4 }, (_, at) => church.addPerson('pastor', `Pastor Number ${at}`, 40 + at)),
    )
    const devices = await Promise.all(people.map((person) => deviceOf(person, office)))
    for (const { email } of people) {
      await guessAll(2 * account.capacity, (guess) => ({ email, ipAddress: guess % 2 ? office : freshAddress() }))
    }
    for (const [at, { email }] of people.entries()) {
      const input = { input: { email, password } }
      const headers = { 'x-forwarded-for': office }
      expect(codesOf(await church.ask(null, mutation, input, headers))).toEqual(['RATE_LIMITED'])
      const from = { ...headers, cookie: devices[at] ?? '' }
      expect(codesOf(await node.ask(null, mutation, input, from))).toEqual([])
      // Another pastor's device is unknown to this account.
      const other = { ...headers, cookie: devices[(at + 1) % 4] ?? '' }
      expect(codesOf(await church.ask(null, mutation, input, other))).toEqual(['RATE_LIMITED'])
    }
  })

  it('explains how to get in despite the limit, the same for an unknown account', async () => {
    const person = await church.addPerson('pastor', 'Pastor Phoebe', 25)
    const answers: Answer[] = []
    for (const email of [person.email, 'nobody-at-all@church.example']) {
      const from = freshAddress()
      for (let guess = 0; guess <= pair.capacity; guess++) answers[guess] = await trySignIn({ email, from })
      const { message, extensions } = answers.at(-1)?.errors?.[0] ?? {}
      expect(message).toBe('Too many attempts. Try again later, or ask an admin of your church for help.')
      expect(extensions).toMatchObject({ code: 'RATE_LIMITED', mailedLink: false })
    }
  })

  it('is refused over a WebSocket before a session is created that nobody could use', async () => {
    const { client } = await openSocket(church.url, church.pastor)
    const sessions = () => church.deps.database.session.count()
    const before = await sessions()
    const input = { email: church.pastor.email, password }
    const result = await client.iterate({ query: mutation, variables: { input } }).next()
    expect(result.value.errors[0].extensions.code).toBe('BAD_REQUEST')
    expect(await sessions()).toBe(before)
    expect(await church.deps.sessions.isValid(church.pastor.viewer.sessionId)).toBe(true)
    await client.dispose()
  })

  it('keeps the server responsive while three hundred addresses try at once', async () => {
    const flood = Array.from({ length: 300 }, (_, at) => {
      return trySignIn({ email: `flood${at}@church.example`, from: freshAddress() })
    })
    const answers = Promise.all(flood)
    const isOver = answers.then(() => true)
    let answered = 0
    // Like a load balancer: repeatedly, on separate connections.
    while (!(await Promise.race([isOver, wait(10, false)]))) {
      expect((await fetch(`${church.url}/healthz`)).status).toBe(200)
      answered += 1
    }
    // Compares the order, not the duration, which depends on the machine: responses arrived during the flood, not after
    // it.
    expect(answered).toBeGreaterThan(5)
    const codes = (await answers).flatMap(codesOf)
    expect(codes).toHaveLength(300)
    // Some attempts queue and some are refused at once. How many depends on the machine; semaphore.test.ts checks the
    // limit.
    expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED', 'UNAUTHENTICATED']))
  })
})
