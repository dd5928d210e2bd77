import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken, type IssuedToken, socketBy } from '../support/tokens.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

type Uses = readonly { field: string; lastUsedAt: string; deprecationReason: string | null }[]

async function usesOf(person: Person, { id }: IssuedToken): Promise<Uses | undefined> {
  const { data } = await church.ask<{ node: { fieldUses: Uses } | null }>(
    person,
    'query($id: ID!) { node(id: $id) { ... on ApiToken { fieldUses { field lastUsedAt deprecationReason } } } }',
    { id },
  )
  return data?.node?.fieldUses
}

const names = async (token: IssuedToken) => (await usesOf(church.admin, token))?.map(({ field }) => field)

const transports: Readonly<Record<string, (token: IssuedToken, query: string) => Promise<unknown>>> = {
  'HTTP, planned': (token, query) => askWithToken(church, token, query),
  'HTTP, by graphql-js': (token, query) =>
    askWithToken(church, token, query.replace('{', '{ __schema { description }')),
  'a WebSocket': async ({ token }, query) => {
    const { client } = socketBy(church, { connectionParams: { authorization: `Bearer ${token}` } })
    await client.iterate({ query }).next()
    await client.dispose()
  },
}

describe.each(Object.entries(transports))('over %s', (_transport, ask) => {
  it('the fields of an operation are recorded for its token', async () => {
    const [token, other] = [
      await addToken(church, church.admin, ['bookings:read']),
      await addToken(church, church.admin, ['bookings:read']),
    ]
    await ask(token, 'query { bookings { nodes { ...Row } } } fragment Row on Booking { title status: title }')
    await ask(token, 'query { bookings { totalCount } }')
    const fields = ['Booking.title', 'BookingConnection.nodes', 'BookingConnection.totalCount', 'Query.bookings']
    expect(await names(token)).toEqual(fields)
    expect(await names(other)).toEqual([])
  })
})

it('a deprecated field is shown with its reason, and the day of its last use', async () => {
  const token = await addToken(church, church.admin, ['audit:read'])
  await askWithToken(church, token, '{ auditLogs(first: 1) { nodes { action actionType } } }')
  const today = `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`
  expect(await usesOf(church.admin, token)).toEqual([
    { field: 'AuditLog.action', lastUsedAt: today, deprecationReason: expect.stringContaining('2027-12-31') },
    { field: 'AuditLog.actionType', lastUsedAt: today, deprecationReason: null },
    { field: 'AuditLogConnection.nodes', lastUsedAt: today, deprecationReason: null },
    { field: 'Query.auditLogs', lastUsedAt: today, deprecationReason: null },
  ])
  const { data } = await church.ask(
    church.admin,
    'query($id: ID!) { node(id: $id) { ... on ApiToken { deprecatedFieldUses { field } } } }',
    { id: token.id },
  )
  expect(data).toEqual({ node: { deprecatedFieldUses: [{ field: 'AuditLog.action' }] } })
  await church.deps.database.apiTokenFieldUse.updateMany({
    where: { tokenId: token.rowId },
    data: { lastUsedAt: new Date('2026-01-01') },
  })
  const other = await church.secondNode()
  await askWithToken(other, token, '{ auditLogs(first: 1) { nodes { action } } }')
  const [action, actionType] = (await usesOf(church.admin, token)) ?? []
  expect([action?.lastUsedAt, actionType?.lastUsedAt]).toEqual([today, '2026-01-01T00:00:00.000Z'])
})

it('the owner and admins see them, another pastor and tokens don’t', async () => {
  const token = await addToken(church, church.pastor, ['bookings:read'])
  await askWithToken(church, token, '{ bookingCursor }')
  expect(await usesOf(church.pastor, token)).toMatchObject([{ field: 'Query.bookingCursor' }])
  expect(await usesOf(church.admin, token)).toHaveLength(1)
  expect(await usesOf(church.otherPastor, token)).toBeUndefined()
  const { errors } = await askWithToken(church, token, '{ apiTokens { nodes { fieldUses { field } } } }')
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
})

it('an operation that is refused before it runs, and a person’s, leave nothing', async () => {
  const token = await addToken(church, church.pastor, ['bookings:read'])
  await askWithToken(church, token, '{ bookings { nodes { nothingLikeThis } } }')
  await church.ask(church.pastor, '{ viewer { id } }')
  expect(await usesOf(church.pastor, token)).toEqual([])
})
