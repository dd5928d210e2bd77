import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createApp } from '../../src/app.ts'
import { bootstrap } from '../../src/bootstrap.ts'
import type { PersonViewer } from '../../src/core/access/viewer.ts'
import { createUser } from '../../src/features/users/admin/create-user.ts'
import { startWorkers } from '../../src/jobs.ts'
import { type Env, readEnv } from '../../src/platform/config/env.ts'
import { createLog, type Log } from '../../src/platform/logging/log.ts'
import { createMetrics } from '../../src/platform/logging/metrics.ts'
import { freshDatabase } from './database.ts'
import { testEnv } from './parish.ts'

export const webhookSecret = 'a webhook secret that only tests have'
export const password = 'a password that only tests have'

/** A user with a session, for requests of a test. */
export type Person = Readonly<{ userId: string; email: string; username: string; cookie: string; viewer: PersonViewer }>

export type Answer<T = Record<string, unknown>> = Readonly<{
  status: number
  data: T | null | undefined
  errors:
    | readonly { message: string; path?: readonly (string | number)[]; extensions: Record<string, unknown> }[]
    | undefined
  /** The raw body. */
  text: string
}>

export type RunningChurch = Awaited<ReturnType<typeof startChurch>>

export type RunningNode = Awaited<ReturnType<typeof startNode>>

export type ChurchOptions = Readonly<{
  runsJobs?: boolean
  variables?: NodeJS.ProcessEnv
  /** The URL of a pooler in front of the database. */
  pooledUrl?: string
  /** The log's destination. Discarded by default. */
  log?: Log
}>

/** One server node over a database, on a free loopback port. */
export async function startNode(
  databaseUrl: string,
  { runsJobs = true, variables, pooledUrl, log = createLog({ level: 'silent' }) }: ChurchOptions,
) {
  const env: Env = readEnv({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: '0123456789abcdef0123456789abcdef',
    CALCOM_WEBHOOK_SECRET: webhookSecret,
    CHURCHHUB_HOME: testEnv.home,
    ...variables,
  })
  const services = await bootstrap({ env, log, url: pooledUrl ?? databaseUrl, directUrl: databaseUrl, runsJobs })
  const { deps } = services
  const workers = runsJobs ? await startWorkers(deps) : null
  const app = createApp({
    ...deps,
    metrics: createMetrics(),
    servesRequests: true,
    clientDirectory: null,
    isNodeReady: () => deps.events.isReady() && (workers?.isReady() ?? true),
  })
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  // A listening TCP server has an address object, never a pipe name.
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  /** Sends a request with a session cookie, or signed out. */
  async function ask<T = Record<string, unknown>>(
    person: Pick<Person, 'cookie'> | null,
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(person && { cookie: person.cookie }), ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    const { data, errors } = JSON.parse(text) as Pick<Answer<T>, 'data' | 'errors'> // every answer of /graphql is JSON
    return { status: response.status, data, errors, text }
  }

  let closing: Promise<void> | null = null
  const closeAll = async () => {
    await app.close()
    await services.close()
  }
  const close = () => {
    closing ??= closeAll()
    return closing
  }
  return { url, deps, ask, close }
}

/** The whole server on its own database and a free loopback port, with two pastors and an admin signed in. */
export async function startChurch(options: ChurchOptions = {}) {
  const fresh = await freshDatabase()
  const node = await startNode(fresh.url, options)
  const others: RunningNode[] = []
  const { url, deps, ask } = node

  async function addPerson(role: 'pastor' | 'admin', name: string, calUserId: number): Promise<Person> {
    const username = name.toLowerCase().replaceAll(' ', '-')
    const email = `${username}@church.example`
    const { userId } = await createUser(
      deps,
      { by: 'command', userId: null, origin: null },
      {
        email,
        name,
        churchName: 'Test Church',
        bio: null,
        role,
        calUserId: String(calUserId),
        schedulingUsername: username,
        schedulingLink: `https://cal.example/${username}`,
        password,
      },
    )
    return signIn({ userId, email, username })
  }

  async function signIn(person: Pick<Person, 'userId' | 'email' | 'username'>): Promise<Person> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }',
        variables: { input: { email: person.email, password } },
      }),
    })
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie === undefined) throw new Error(`could not sign in: ${await response.text()}`)
    const viewer = await deps.sessions.validate(cookie.split('=')[1] ?? '')
    if (viewer === null) throw new Error('signed in without a session')
    return { ...person, cookie, viewer }
  }

  const [pastor, otherPastor, admin] = [
    await addPerson('pastor', 'Pastor Paul', 1),
    await addPerson('pastor', 'Pastor Lydia', 2),
    await addPerson('admin', 'Ada Admin', 3),
  ]

  return {
    url,
    deps,
    databaseUrl: fresh.url,
    pastor,
    otherPastor,
    admin,
    ask,
    signIn,
    addPerson,
    /** Another node over the same database. Closed with the church. */
    async secondNode(change: ChurchOptions = {}): Promise<RunningNode> {
      const other = await startNode(fresh.url, { ...options, ...change })
      others.push(other)
      return other
    },
    async close() {
      for (const other of others) await other.close()
      await node.close()
      await fresh.close()
    },
  }
}
