import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stripIgnoredCharacters, validate } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Scope } from '../../src/core/access/scopes.ts'
import { schema } from '../../src/schema.ts'
import { lineIn, revertMutations, startQueriedChurch } from '../support/queried-church.ts'
import { type Answer, password, type RunningChurch } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'
import { type PageQuery, pageQueries } from './queries-page.ts'

const queries = pageQueries()
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
    const body = JSON.stringify({ query: stripIgnoredCharacters(query), variables })
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
    expect((await shell(signIn, '')).data).toHaveProperty('signIn')
  })
  beforeEach(() => revertMutations(church))
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true })
    await church.close()
  })

  /** The output of a shell line as a response; for an event stream, its first event. */
  async function shell(line: string, token: string): Promise<Pick<Answer, 'data' | 'errors'>> {
    const child = spawn('bash', ['-c', line], {
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

  /** Runs a query's line with a token that has exactly these scopes. */
  async function run(query: PageQuery, scopes: readonly Scope[]) {
    const { reader: asker } = query
    const person = asker === 'owner' ? church.pastor : church.admin
    const key = `${asker} ${scopes.join(' ')}`
    const token = tokens.get(key) ?? (await addToken(church, person, scopes)).token
    tokens.set(key, token)
    return shell(await lineIn(church, query), token)
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
      // A token has at least one scope. No query on the page needs this one.
      const { errors } = await run(query, [...others, 'forms:write'])
      const extensions = errors?.[0]?.extensions
      expect(extensions).toMatchObject({ code: 'FORBIDDEN', missingScope: expect.arrayContaining([...omitted]) })
      await revertMutations(church)
    }
  })

  it.each(queries.filter(({ reader: asker }) => asker === 'session'))('$title: needs a session', async (query) => {
    expect(await shell(await lineIn(church, query), '')).toEqual(
      expect.objectContaining({ data: expect.anything(), extensions: expect.anything() }),
    )
    const byHeader = { ...query, curl: query.curl.replace('-b jar', '-H "Authorization: Bearer $CHURCHHUB_TOKEN"') }
    const { errors } = await run(byHeader, ['users:read', 'settings:read', 'audit:read'])
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' })
  })
})

/** Each sufficient set of scopes: one from every group. */
function combinationsOf({ scopes }: PageQuery): Scope[][] {
  if (scopes.length === 0) return [['forms:write']]
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
