import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scopesOfRole } from '../../src/core/access/role-scopes.ts'
import { allScopes, type Scope } from '../../src/core/access/scopes.ts'
import { newId } from '../../src/platform/ids.ts'
import {
  bytesOf,
  depth,
  globalId,
  type MarkedChurch,
  queryAllPaths,
  startMarkedChurch,
  wordsIn,
} from '../support/marked-church.ts'
import type { Answer, Person } from '../support/running-church.ts'
import { addToken, askOverEvents, askWithToken, type IssuedToken, socketBy } from '../support/tokens.ts'

let church: MarkedChurch

beforeAll(async () => {
  church = await startMarkedChurch()
})
afterAll(() => church.close())

/** Everything a token sees along every path of the schema. */
async function walkBy(person: Person, scopes: readonly Scope[]): Promise<string> {
  const apiToken = await addToken(church, person, scopes)
  return queryAllPaths(church, (query) => askWithToken(church, apiToken, query))
}

/** What a walk with a single scope finds: proof that the walk reached rows. */
const reached: Readonly<Partial<Record<Scope, string>>> = {
  'bookings:read': 'isRedacted',
  'summaries:read': 'generatedAt',
  'forms:read': 'answeredCount',
  'policies:read': 'SchedulingPolicy',
  'users:read': 'churchName',
  'audit:read': 'session.signed_in',
  'webhooks:read': 'WebhookEndpoint',
}

describe(`every path of the schema up to depth ${depth}, walked with a token`, { timeout: 240_000 }, () => {
  it.each(scopesOfRole('pastor'))('of the owner, with only %s, shows no owner-only text', async (scope) => {
    const seen = await walkBy(church.pastor, [scope])
    expect(wordsIn(seen)).toEqual([])
    expect(seen).toContain(reached[scope] ?? '')
  })

  it.each(allScopes.filter((scope) => !scopesOfRole('pastor').includes(scope)))(
    'of an admin, with only %s, shows no owner-only text',
    async (scope) => {
      expect(wordsIn(await walkBy(church.admin, [scope]))).toEqual([])
    },
  )

  it('of the owner, with every scope a pastor can grant, shows no owner-only text', async () => {
    const seen = await walkBy(church.pastor, scopesOfRole('pastor'))
    expect(wordsIn(seen)).toEqual([])
    expect(seen).toContain(globalId('Booking', church.ids.Booking ?? ''))
    expect(seen).toContain(globalId('ContextSummary', church.ids.ContextSummary ?? ''))
    expect(seen).toContain(globalId('FormResponse', church.ids.FormResponse ?? ''))
  })

  it('of another pastor, with every scope a pastor can grant, doesn’t reveal that such text exists', async () => {
    const seen = await walkBy(church.otherPastor, scopesOfRole('pastor'))
    expect(wordsIn(seen)).toEqual([])
    expect(seen.includes(globalId('ContextSummary', church.ids.ContextSummary ?? ''))).toBe(false)
  })

  it('of an admin, with every scope, shows no owner-only text', async () => {
    const seen = await walkBy(church.admin, allScopes)
    expect(wordsIn(seen)).toEqual([])
    expect(seen).toContain(globalId('ContextSummary', church.ids.ContextSummary ?? ''))
  })
})

describe('a token’s request for data it can’t see', () => {
  it.each([
    'Booking',
    'FormResponse',
    'ContextSummary',
    'Form',
    'User',
    'AuditLog',
    'SchedulingPolicy',
    'WebhookEndpoint',
    'WebhookMessage',
  ])(
    'gets the same response as data that doesn’t exist, byte for byte, if it is another pastor’s: %s',
    async (typename) => {
      const apiToken = await addToken(church, church.otherPastor, scopesOfRole('pastor'))
      for (const document of [lookUp, lookUpMany]) {
        const theirs = await askWithToken(church, apiToken, document(globalId(typename, church.ids[typename] ?? '')))
        const missing = await askWithToken(church, apiToken, document(globalId(typename, newId())))
        expect(bytesOf(theirs)).toBe(bytesOf(missing))
        expect(theirs.text).toContain('NOT_FOUND')
      }
    },
  )

  it.each(['Booking', 'FormResponse', 'ContextSummary', 'Form', 'User', 'AuditLog', 'WebhookDelivery', 'WorkerJob'])(
    'gets the same response as data that doesn’t exist, byte for byte, if the scope is missing: %s',
    async (typename) => {
      const apiToken = await addToken(church, church.admin, ['count-only'])
      for (const document of [lookUp, lookUpMany]) {
        const real = await askWithToken(church, apiToken, document(globalId(typename, church.ids[typename] ?? '')))
        const missing = await askWithToken(church, apiToken, document(globalId(typename, newId())))
        expect(bytesOf(real)).toBe(bytesOf(missing))
        expect(real.text).toContain('missingScope')
      }
    },
  )
})

const sealed = [
  ['Booking', '... on Booking { intake { notes } }', 'intake.read_denied'],
  ['ContextSummary', '... on ContextSummary { content { text } }', 'summary.read_denied'],
  ['FormResponse', '... on FormResponse { answers { values } }', 'form_response.read_denied'],
] as const

describe('a token’s request for a sealed field', () => {
  it.each(sealed)(
    'is refused even for the owner’s own data, and logged with the token: %s',
    async (typename, selection, action) => {
      const rowId = church.ids[typename] ?? ''
      const query = `{ node(id: "${globalId(typename, rowId)}") { __typename ${selection} } }`
      for (const [person, reason] of [
        [church.pastor, 'forbidden'],
        [church.admin, 'forbidden'],
      ] as const) {
        const apiToken = await addToken(church, person, scopesOfRole(person.viewer.role))
        for (const ask of transports) {
          const answer = await ask(apiToken, query)
          expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
          expect(wordsIn(JSON.stringify(answer))).toEqual([])
        }
        const entries = await church.deps.database.auditLog.findMany({
          where: { action, resourceId: rowId, metadata: { path: ['tokenId'], equals: apiToken.rowId } },
        })
        expect(entries.map(({ userId, metadata }) => ({ userId, metadata }))).toEqual(
          transports.map(() => ({ userId: person.userId, metadata: { reason, tokenId: apiToken.rowId } })),
        )
      }
      const theirs = await addToken(church, church.otherPastor, scopesOfRole('pastor'))
      for (const ask of transports) {
        expect((await ask(theirs, query)).errors?.map(({ extensions }) => extensions?.code)).toEqual(['NOT_FOUND'])
      }
      expect(
        await church.deps.database.auditLog.count({
          where: {
            action,
            resourceId: rowId,
            metadata: { path: ['reason'], equals: 'not_owner' },
            userId: church.otherPastor.userId,
          },
        }),
      ).toBeGreaterThanOrEqual(transports.length)
      expect(
        await church.deps.database.auditLog.count({
          where: {
            action: action.replace('_denied', ''),
            resourceId: rowId,
            metadata: { path: ['tokenId'], not: 'null' },
          },
        }),
      ).toBe(0)
    },
  )
})

describe('concurrent requests with sessions and tokens of the same person', () => {
  it('never get the other’s response', async () => {
    const apiToken = await addToken(church, church.pastor, scopesOfRole('pastor'))
    const query = `{ booking(id: "${globalId('Booking', church.ids.Booking ?? '')}") { title isRedacted location intake { notes } contextSummaries { nodes { metadata { topic } content { text } } } } }`
    const [own, token]: [Answer[], Answer[]] = [[], []]
    await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        if (at % 2 === 0) own.push(await church.ask(church.pastor, query))
        else token.push(await askWithToken(church, apiToken, query))
      }),
    )
    expect(own.filter(({ text }) => wordsIn(text).length < 6)).toEqual([])
    expect(own.filter(({ data }) => JSON.stringify(data).includes('"isRedacted":true'))).toEqual([])
    expect(token.filter(({ text }) => wordsIn(text).length > 0)).toEqual([])
    expect(token.filter(({ data }) => !JSON.stringify(data).includes('"isRedacted":true'))).toEqual([])
  })
})

type Answered = Readonly<{ data?: unknown; errors?: readonly { extensions?: Record<string, unknown> }[] | undefined }>

/** HTTP, Server-Sent Events, and graphql-ws with the token in a header and in connection_init. */
const transports: readonly ((apiToken: IssuedToken, query: string) => Promise<Answered>)[] = [
  (apiToken, query) => askWithToken(church, apiToken, query),
  (apiToken, query) => askOverEvents(church, apiToken, query),
  ({ token }, query) => overSocket({ headers: { authorization: `Bearer ${token}` } }, query),
  ({ token }, query) => overSocket({ connectionParams: { authorization: `Bearer ${token}` } }, query),
]

async function overSocket(options: Parameters<typeof socketBy>[1], query: string): Promise<Answered> {
  const { client } = socketBy(church, options)
  try {
    const { value } = await client.iterate({ query }).next()
    return value ?? {}
  } finally {
    await client.dispose()
  }
}

function lookUp(id: string): string {
  return `{ node(id: "${id}") { __typename } }`
}

function lookUpMany(id: string): string {
  return `{ nodes(ids: ["${id}"]) { __typename } }`
}
