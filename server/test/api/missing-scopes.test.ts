import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { globalId } from '../support/marked-church.ts'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askOverEvents, askWithToken, type IssuedToken, socketBy } from '../support/tokens.ts'

type Problem = Readonly<{ message?: string; path?: unknown; extensions?: Record<string, unknown> }>
type Result = Readonly<{ data?: unknown; errors?: readonly Problem[] | undefined }>

let church: RunningChurch
let bookingId: string
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  bookingId = globalId('Booking', await addBooking(church.deps, church.pastor))
})
afterAll(() => church.close())

const transports: Readonly<Record<string, (token: IssuedToken, query: string) => Promise<Result>>> = {
  HTTP: askOverHttp,
  'Server-Sent Events': (token, query) => askOverEvents(church, token, query),
  WebSocket: async ({ token }, query) => {
    const { client } = socketBy(church, { connectionParams: { authorization: `Bearer ${token}` } })
    try {
      const { value } = await client.iterate({ query }).next()
      return (value ?? {}) as Result // graphql-ws types errors more loosely
    } finally {
      await client.dispose()
    }
  },
}

function askOverHttp(token: IssuedToken, query: string): Promise<Result> {
  return askWithToken(church, token, query)
}

describe.each(Object.entries(transports))('over %s, a token without a scope', (_transport, ask) => {
  it('gets null for a nullable field, with its own error, and an answer for the rest', async () => {
    const token = await addToken(church, church.pastor, ['bookings:read'])
    const query = `{ bookingCursor user(id: "${bookingId}") { id } booking(id: "${bookingId}") { id intake { notes } } }`
    const { data, errors } = await ask(token, query)
    expect(data).toEqual({ bookingCursor: expect.any(String), user: null, booking: { id: bookingId, intake: null } })
    const lacked = { missingScopes: [['users:read']], sessionFields: ['Booking.intake'] }
    expect(errors).toMatchObject([
      { path: ['user'], extensions: { code: 'FORBIDDEN', missingScope: ['users:read'], ...lacked } },
      { path: ['booking', 'intake'], extensions: { code: 'FORBIDDEN', ...lacked } },
    ])
  })

  it('learns of everything that the operation requires at once', async () => {
    const token = await addToken(church, church.admin, ['policies:read'])
    const query = `query($skipped: Boolean = true) {
      schedulingPolicies { totalCount }
      bookings { nodes { contextSummaries { nodes { id } } ...Forms } }
      workerJobs @skip(if: true) { totalCount }
      webhookDeliveries @skip(if: $skipped) { totalCount }
      node(id: "${bookingId}") { ... on FormResponse { id } ... on AuditLog { id } }
    }
    fragment Forms on Booking { formResponses { totalCount } }`
    const { data, errors } = await ask(token, query)
    expect(data).toBeNull()
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      missingScope: ['bookings:read', 'count-only'],
      missingScopes: [['bookings:read'], ['summaries:read'], ['forms:read'], ['audit:read']],
    })
    expect(errors?.[0]?.message).toContain(
      'The operation also requires bookings:read, and summaries:read, and forms:read',
    )
  })

  it('can’t start a subscription, and learns what its events require', async () => {
    const token = await addToken(church, church.pastor, ['policies:read'])
    const query = 'subscription { bookingChanged { booking { id contextSummaries { totalCount } } } }'
    const { errors } = await ask(token, query)
    expect(errors?.[0]?.extensions).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['bookings:read'],
      missingScopes: [['bookings:read'], ['summaries:read']],
    })
  })
})

describe('Query.cost', () => {
  const cost = `query($query: String!, $variables: JSON) { cost(query: $query, variables: $variables) {
    isRefused problems { code message line column missingScope } } }`

  it('names each scope that the token lacks, where it is first required', async () => {
    const token = await addToken(church, church.pastor, ['bookings:read'])
    const query = `query($people: Boolean!) {
  bookings { nodes { contextSummaries { nodes { content { text } } } } }
  users @include(if: $people) { nodes { id } }
}`
    const problemsFor = async (people: boolean) => {
      const { data } = await askWithToken<{ cost: { problems: readonly { missingScope: string[] }[] } }>(
        church,
        token,
        cost,
        { query, variables: { people } },
      )
      return data?.cost
    }
    const summaries = [
      {
        code: 'FORBIDDEN',
        message: '`Booking.contextSummaries` requires the scope summaries:read.',
        line: 2,
        column: 22,
        missingScope: ['summaries:read'],
      },
      { message: '`ContextSummary.content` is available only to signed-in users.', line: 2, missingScope: [] },
    ]
    expect(await problemsFor(false)).toMatchObject({ isRefused: false, problems: summaries })
    expect(await problemsFor(true)).toMatchObject({
      isRefused: false,
      problems: [...summaries, { line: 3, missingScope: ['users:read'] }],
    })
  })

  it('names none for a signed-in user', async () => {
    const { data } = await church.ask(church.pastor, cost, { query: '{ bookings { nodes { intake { notes } } } }' })
    expect(data).toEqual({ cost: { isRefused: false, problems: [] } })
  })
})
