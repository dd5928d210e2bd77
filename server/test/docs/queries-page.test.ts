import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stripIgnoredCharacters, validate } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedSampleChurch } from '../../../prisma/seed.ts'
import { scopesOfRole } from '../../src/core/access/role-scopes.ts'
import type { Scope } from '../../src/core/access/scopes.ts'
import { schema } from '../../src/schema.ts'
import { freshDatabase } from '../support/database.ts'
import { testProviderFetch } from '../support/parish.ts'
import { lineIn, revertMutations, startQueriedChurch } from '../support/queried-church.ts'
import { type Answer, password, type RunningChurch, type RunningNode, startNode } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'
import { type PageQuery, pageDates, pageQueries } from './queries-page.ts'

const queries = pageQueries()
/** What the sample church doesn't have: nothing failed there, nobody waits, and its IDs aren't those of the page. */
const absent = [
  'By event type',

  'Inactive users',
  'Several conditions at once',
  'Waiting jobs',
  'Refused attempts',
  'Unassigned deliveries',
]

/** A scope that a query doesn't need: a token has at least one. */
function unrelatedTo({ scopes }: PageQuery): Scope {
  return scopes.flat().includes('policies:read') ? 'audit:read' : 'policies:read'
}
const docs = join(import.meta.dirname, '../../../docs')
const hasCurl = spawnSync('curl', ['--version']).status === 0

describe('the queries of docs/queries.md', () => {
  it('are at least two dozen, each under its own heading', () => {
    expect(new Set(queries.map(({ title }) => title)).size).toBe(queries.length)
    expect(queries.length).toBeGreaterThanOrEqual(24)
  })

  it.each(queries)('$title: curl sends the query above it', ({ query, variables, curl, reader: asker }) => {
    const [flags, headers] = query.startsWith('subscription') ? ['-sN', " -H 'accept: text/event-stream'"] : ['-s', '']
    const caller = asker === 'session' ? '-b jar' : '-H "Authorization: Bearer $CHURCHHUB_TOKEN"'
    const body = JSON.stringify({ query: stripIgnoredCharacters(query), variables }).replace(
      /"\$([A-Z0-9_]+)"/g,
      (_, name: string) => `"'$${name}'"`,
    )
    expect(curl).toBe(
      `curl ${flags} http://localhost:4000/graphql ${caller} -H 'content-type: application/json'${headers} --data '${body}'`,
    )
  })
})

it('every GraphQL example in docs/ is valid in the schema', async () => {
  const names = (await readdir(docs)).filter((name) => name.endsWith('.md'))
  const pages = await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(docs, name), 'utf8') })))
  const blocks = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/^```graphql\n(.*?)^```/gms)].map(([, block = '']) => ({ name, block })),
  )
  expect(blocks.length).toBeGreaterThan(queries.length)
  for (const { name, block } of blocks) {
    expect(
      validate(schema, parse(block)).map(({ message }) => message),
      `${name}:\n${block}`,
    ).toEqual([])
  }
})

// Without curl: apt-get install curl, or brew install curl.
describe.skipIf(!hasCurl)('copied from docs/queries.md into a shell (needs curl)', () => {
  let church: RunningChurch
  let directory: string
  const tokens = new Map<string, string>()

  beforeAll(async () => {
    church = await startQueriedChurch()
    directory = await mkdtemp(join(tmpdir(), 'churchhub-queries-'))
    const { email } = church.admin
    const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
    const body = JSON.stringify({ query, variables: { input: { email, password } } })
    const signIn = `curl -s -c jar ${church.url}/graphql -H 'content-type: application/json' -d '${body}'`
    expect((await shellIn(directory, signIn, '')).data).toHaveProperty('signIn')
  })
  beforeEach(() => revertMutations(church))
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true })
    await church.close()
  })

  /** Runs a query's line with a token that has exactly these scopes. */
  async function run(query: PageQuery, scopes: readonly Scope[]) {
    const { reader: asker } = query
    const person = asker === 'owner' ? church.pastor : church.admin
    const key = `${asker} ${scopes.join(' ')}`
    const token = tokens.get(key) ?? (await addToken(church, person, scopes)).token
    tokens.set(key, token)
    return shellIn(directory, await lineIn(church, query), token)
  }

  const byToken = queries.filter(({ reader: asker }) => asker !== 'session')
  it.each(byToken)('$title: works with the documented scopes', async (query) => {
    for (const scopes of combinationsOf(query)) {
      const { data, errors } = await run(query, scopes)
      expect({ errors, isEmpty: isEmpty(data) }, JSON.stringify(data)).toEqual({ errors: undefined, isEmpty: false })
      await revertMutations(church)
    }
  })

  it.each(byToken.filter(({ scopes }) => scopes.length > 0))('$title: needs each of them', async (query) => {
    for (const omitted of query.scopes) {
      const others = query.scopes.filter((each) => each !== omitted).flatMap(([first]) => first ?? [])
      const { errors } = await run(query, [...others, unrelatedTo(query)])
      const extensions = errors?.[0]?.extensions
      expect(extensions).toMatchObject({ code: 'FORBIDDEN', missingScope: expect.arrayContaining([...omitted]) })
      await revertMutations(church)
    }
  })

  it.each(queries.filter(({ reader: asker }) => asker === 'session'))('$title: needs a session', async (query) => {
    expect(await shellIn(directory, await lineIn(church, query), '')).toEqual(
      expect.objectContaining({ data: expect.anything(), extensions: expect.anything() }),
    )
    const byHeader = { ...query, curl: query.curl.replace('-b jar', '-H "Authorization: Bearer $CHURCHHUB_TOKEN"') }
    const { errors } = await run(byHeader, ['users:read', 'settings:read', 'audit:read'])
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe.skipIf(!hasCurl)('in the sample church (needs curl)', () => {
  let church: RunningNode
  let close: () => Promise<void>
  let token: string

  beforeAll(async () => {
    const fresh = await freshDatabase()
    church = await startNode(fresh.url, { runsJobs: false })
    close = async () => {
      await church.close()
      await fresh.close()
    }
    const accounts = (await seedSampleChurch({ ...church.deps, providerFetch: testProviderFetch }))?.accounts ?? []
    const admin = accounts.find(({ role }) => role === 'admin')
    const response = await fetch(`${church.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }',
        variables: { input: { email: admin?.email, password: admin?.password } },
      }),
    })
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const { data } = await church.ask<{ createApiToken: { token: string } }>(
      { cookie },
      'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
      { input: { name: 'Queries', scopes: scopesOfRole('admin').filter((scope) => scope !== 'count-only') } },
    )
    token = data?.createApiToken.token ?? ''
  }, 120_000)
  afterAll(() => close())

  const dated = queries.filter(({ reader: asker, curl, query }) => {
    return asker === 'admin' && curl.includes("'$") && !query.startsWith('mutation')
  })

  it('most queries have dates', () => {
    expect(dated.length).toBeGreaterThan(15)
  })

  it.each(dated.filter(({ title }) => !absent.includes(title)))('$title: finds something', async ({ curl }) => {
    const line = curl.replaceAll('localhost:4000', new URL(church.url).host)
    const { data, errors } = await shellIn('.', line, token)
    expect({ errors, isEmpty: isEmpty(data) }, JSON.stringify(data)).toEqual({ errors: undefined, isEmpty: false })
  })
})

/** The output of a shell line as a response; for an event stream, its first event. */
async function shellIn(directory: string, line: string, token: string): Promise<Pick<Answer, 'data' | 'errors'>> {
  const child = spawn('bash', ['-c', `${pageDates()}\n${line}`], {
    cwd: directory,
    env: { ...process.env, CHURCHHUB_TOKEN: token },
  })
  const ended = once(child, 'close')
  let printed = ''
  let event: string | undefined
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    event = /^data: (\{.*\})$/m.exec(printed)?.[1]
    if (event !== undefined) child.kill('SIGKILL')
  })
  await ended
  return JSON.parse(event ?? printed) as Pick<Answer, 'data' | 'errors'> // /graphql always responds with this shape
}

/** Each sufficient set of scopes: one from every group. */
function combinationsOf(query: PageQuery): Scope[][] {
  const { scopes } = query
  if (scopes.length === 0) return [[unrelatedTo(query)]]
  return scopes.reduce<Scope[][]>(
    (combinations, any) => combinations.flatMap((combination) => any.map((scope) => [...combination, scope])),
    [[]],
  )
}

/** Whether a response is empty: a null root field, or a page or statistic without rows. */
function isEmpty(data: Answer['data']): boolean {
  if (data === null || data === undefined || Object.values(data).includes(null)) return true
  return /"(nodes|groups|apiTokenScopes)":\[(null[,\]]|\])|"totalCount":(null|0)\b/.test(JSON.stringify(data))
}
