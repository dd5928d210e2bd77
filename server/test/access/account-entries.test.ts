import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken } from '../support/tokens.ts'

let church: RunningChurch
let subject: Person
let other: Person
const ids = new Map<string, string>()

type Entry = { id: string; action: string; resourceId: string | null; user: { id: string } | null }
type Page = { auditLogs: { totalCount: number; nodes: Entry[] } }

const globalId = ({ userId }: Person) => Buffer.from(`User:${userId}`).toString('base64')
const log = async (actor: Person, filter: Record<string, unknown> = {}) => {
  const query = `query($filter: AuditLogFilter) {
    auditLogs(filter: $filter, first: 100) { totalCount nodes { id action resourceId user { id } } }
  }`
  const { data } = await church.ask<Page>(actor, query, { filter })
  if (!data) throw new Error('The log was refused.')
  return data.auditLogs
}
/** The account actions that the admin performed. */
const actions = ['user.changed', 'user.deactivated', 'user.reactivated']
const actionsIn = (entries: readonly Entry[]) => entries.map(({ action }) => action).toSorted()

/** The result of a mutation that must succeed. */
async function act<T>(actor: Person, mutation: string, input: Record<string, unknown>, shape: string): Promise<T> {
  const verb = mutation.slice(0, 1).toUpperCase() + mutation.slice(1)
  const source = `mutation($input: ${verb}Input!) { ${mutation}(input: $input) { ${shape} } }`
  const { data, text } = await church.ask<Record<string, T>>(actor, source, { input })
  const answer = data?.[mutation]
  if (answer === undefined) throw new Error(`${mutation} was refused: ${text}`)
  return answer
}

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  subject = await church.addPerson('pastor', 'Dinah Roth', 301)
  other = await church.addPerson('pastor', 'Naomi Berg', 302)
  const change = (mutation: string, input: Record<string, unknown>) => act(church.admin, mutation, input, 'user { id }')
  await change('changeUser', { id: globalId(subject), name: 'Dinah Stern' })
  await change('deactivateUser', { id: globalId(subject) })
  await change('reactivateUser', { id: globalId(subject) })
  await change('changeUser', { id: globalId(other), name: 'Naomi Frei' })
  const attempt = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  await church.ask(null, attempt, { input: { email: subject.email, password: 'not the right one' } })
  // Deactivation ended the session.
  subject = await church.signIn(subject)
  for (const { id, action } of (await log(church.admin, { action: actions })).nodes) ids.set(id, action)
})
afterAll(() => church.close())

test('users see what an admin, or a failed sign-in, did to their account', async () => {
  const { nodes, totalCount } = await log(subject)
  const entries = nodes.filter(({ resourceId }) => resourceId === subject.userId)
  expect(actionsIn(entries)).toEqual([
    'session.sign_in_failed',
    'user.changed',
    'user.created',
    'user.deactivated',
    'user.reactivated',
  ])
  expect(totalCount).toBe(nodes.length)
})

test('other users don’t see these entries, except admins', async () => {
  expect(actionsIn((await log(church.admin, { action: actions })).nodes)).toEqual(['user.changed', ...actions])
  const { nodes, totalCount } = await log(other)
  expect(actionsIn(nodes.filter(({ action }) => actions.includes(action)))).toEqual(['user.changed'])
  expect(nodes.some(({ resourceId }) => resourceId === subject.userId)).toBe(false)
  expect(totalCount).toBe(nodes.length)
})

test('the filters narrow the list and its count', async () => {
  expect(await log(subject, { action: ['user.deactivated'] })).toMatchObject({
    totalCount: 1,
    nodes: [{ resourceId: subject.userId }],
  })
  const byAdmin = await log(subject, { userId: globalId(church.admin) })
  expect([actionsIn(byAdmin.nodes), byAdmin.totalCount]).toEqual([['session.revoked', ...actions], 4])
  const own = await log(subject, { userId: globalId(subject) })
  expect(own.nodes.filter(({ action }) => actions.includes(action))).toEqual([])
  expect(own.totalCount).toBe(own.nodes.length)
  const long = { createdAt: { to: '2020-01-01T00:00:00Z' } }
  expect(await log(subject, long)).toEqual({ totalCount: 0, nodes: [] })
})

test('an entry can be fetched by ID by those who see it in the list, and by nobody else', async () => {
  const find = async (actor: Person, id: string) =>
    (
      await church.ask<{ node: { action: string } | null }>(
        actor,
        `{ node(id: "${id}") { ... on AuditLog { action } } }`,
      )
    ).data?.node ?? null
  const mine = new Set((await log(subject)).nodes.map(({ id }) => id))
  for (const [id, action] of ids) {
    expect(await find(church.admin, id)).toEqual({ action })
    expect(await find(subject, id)).toEqual(mine.has(id) ? { action } : null)
  }
})

test('the export includes these entries, and counts them', async () => {
  const response = await fetch(`${church.url}/audit-log.jsonl?action=${actions.join('&action=')}`, {
    headers: { cookie: subject.cookie },
  })
  const lines = (await response.text()).trim().split('\n')
  const entries: { action: string; resourceId: string }[] = lines.map((line) => JSON.parse(line))
  expect(entries.map(({ action }) => action).toSorted()).toEqual(actions)
  expect(entries.every(({ resourceId }) => resourceId === subject.userId)).toBe(true)
  expect(response.headers.get('x-audit-log-rows')).toBe('3')
})

const document = 'subscription { bookingChanged { kind booking { id } } }'

test('users see what was done to their own sessions, tokens and endpoints, and to nobody else’s', async () => {
  const owner = await church.addPerson('pastor', 'Ruth Vogel', 303)
  const token = await addToken(church, owner, ['bookings:read'])
  await addToken(church, owner, ['audit:read'])
  const created = await act<{ endpoint: { id: string } }>(
    owner,
    'createWebhookEndpoint',
    { name: 'Church wall', url: 'https://wall.church.example/', document, scopes: ['bookings:read'] },
    'endpoint { id }',
  )
  const { id } = created.endpoint
  await act(church.admin, 'revokeApiToken', { id: token.id }, 'apiToken { id }')
  await act(church.admin, 'setWebhookEndpointActive', { id, isActive: false }, 'endpoint { id }')
  await act(church.admin, 'deactivateUser', { id: globalId(owner) }, 'user { id }')
  await act(church.admin, 'reactivateUser', { id: globalId(owner) }, 'user { id }')
  await act(church.admin, 'deleteWebhookEndpoint', { id }, 'deletedId')
  const newSession = await church.signIn(owner)

  const byAdmin = await log(newSession, { userId: globalId(church.admin) })
  expect(actionsIn(byAdmin.nodes)).toEqual([
    'endpoint.deleted',
    'endpoint.disabled',
    'session.revoked',
    'token.revoked',
    'token.revoked',
    'user.deactivated',
    'user.reactivated',
  ])
  expect(byAdmin.totalCount).toBe(byAdmin.nodes.length)
  expect(actionsIn((await log(newSession, { action: ['token.revoked'] })).nodes)).toEqual([
    'token.revoked',
    'token.revoked',
  ])
  const theirs = new Set(byAdmin.nodes.map((entry) => entry.id))
  expect((await log(other)).nodes.filter((entry) => theirs.has(entry.id))).toEqual([])
  for (const entry of theirs) {
    const query = `{ node(id: "${entry}") { ... on AuditLog { metadata } } }`
    expect((await church.ask(newSession, query)).data?.node).not.toBeNull()
    expect((await church.ask(other, query)).data?.node).toBeNull()
  }
})

test('an action on one’s own account names no owner besides the actor', async () => {
  const { id } = await addToken(church, other, ['bookings:read'])
  await act(other, 'revokeApiToken', { id }, 'apiToken { id }')
  const entry = await church.deps.database.auditLog.findFirstOrThrow({
    where: { action: 'token.revoked', userId: other.userId },
  })
  expect(entry.metadata).toEqual({ reason: 'requested' })
  expect((await log(other, { action: ['token.revoked'] })).totalCount).toBe(1)
})
