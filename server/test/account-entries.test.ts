import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, type RunningChurch, startChurch } from './running-church.ts'

let church: RunningChurch
let subject: Person
let other: Person
const ids = new Map<string, string>()

type Entry = { id: string; action: string; resourceId: string | null; user: { id: string } | null }
type Page = { auditLogs: { totalCount: number; nodes: Entry[] } }

const globalId = ({ userId }: Person) => Buffer.from(`User:${userId}`).toString('base64')
const log = async (by: Person, filter: Record<string, unknown> = {}) => {
  const query = `query($filter: AuditLogFilter) {
    auditLogs(filter: $filter, first: 100) { totalCount nodes { id action resourceId user { id } } }
  }`
  const { data } = await church.ask<Page>(by, query, { filter })
  if (!data) throw new Error('The log was refused.')
  return data.auditLogs
}
/** What the admin did to accounts. */
const done = ['user.changed', 'user.deactivated', 'user.reactivated']
const actionsIn = (entries: readonly Entry[]) => entries.map(({ action }) => action).toSorted()

beforeAll(async () => {
  church = await startChurch({ works: false })
  subject = await church.addPerson('pastor', 'Dinah Roth', 301)
  other = await church.addPerson('pastor', 'Naomi Berg', 302)
  const act = async (mutation: string, input: Record<string, unknown>) => {
    const verb = mutation.slice(0, 1).toUpperCase() + mutation.slice(1)
    const source = `mutation($input: ${verb}Input!) { ${mutation}(input: $input) { user { id } } }`
    expect((await church.ask(church.admin, source, { input })).errors).toBeUndefined()
  }
  await act('changeUser', { id: globalId(subject), name: 'Dinah Stern' })
  await act('deactivateUser', { id: globalId(subject) })
  await act('reactivateUser', { id: globalId(subject) })
  await act('changeUser', { id: globalId(other), name: 'Naomi Frei' })
  const attempt = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  await church.ask(null, attempt, { input: { email: subject.email, password: 'not the right one' } })
  // Being deactivated ended the session.
  subject = await church.signIn(subject)
  for (const { id, action } of (await log(church.admin, { action: done })).nodes) ids.set(id, action)
})
afterAll(() => church.close())

test('somebody sees what an admin, or a stranger at the sign-in, did to their account', async () => {
  const { nodes, totalCount } = await log(subject)
  const about = nodes.filter(({ resourceId }) => resourceId === subject.userId)
  expect(actionsIn(about)).toEqual([
    'session.sign_in_failed',
    'user.changed',
    'user.created',
    'user.deactivated',
    'user.reactivated',
  ])
  expect(totalCount).toBe(nodes.length)
})

test('nobody else does but an admin', async () => {
  expect(actionsIn((await log(church.admin, { action: done })).nodes)).toEqual(['user.changed', ...done])
  const { nodes, totalCount } = await log(other)
  expect(actionsIn(nodes.filter(({ action }) => done.includes(action)))).toEqual(['user.changed'])
  expect(nodes.some(({ resourceId }) => resourceId === subject.userId)).toBe(false)
  expect(totalCount).toBe(nodes.length)
})

test('the filters narrow it, and the count with it', async () => {
  expect(await log(subject, { action: ['user.deactivated'] })).toMatchObject({
    totalCount: 1,
    nodes: [{ resourceId: subject.userId }],
  })
  const byAdmin = await log(subject, { userId: globalId(church.admin) })
  expect([actionsIn(byAdmin.nodes), byAdmin.totalCount]).toEqual([done, 3])
  const own = await log(subject, { userId: globalId(subject) })
  expect(own.nodes.filter(({ action }) => done.includes(action))).toEqual([])
  expect(own.totalCount).toBe(own.nodes.length)
  const long = { createdAt: { to: '2020-01-01T00:00:00Z' } }
  expect(await log(subject, long)).toEqual({ totalCount: 0, nodes: [] })
})

test('an entry is found by its id by whoever sees it in the list, and by no one else', async () => {
  const find = async (by: Person, id: string) =>
    (await church.ask<{ node: { action: string } | null }>(by, `{ node(id: "${id}") { ... on AuditLog { action } } }`))
      .data?.node ?? null
  const mine = new Set((await log(subject)).nodes.map(({ id }) => id))
  for (const [id, action] of ids) {
    expect(await find(church.admin, id)).toEqual({ action })
    expect(await find(subject, id)).toEqual(mine.has(id) ? { action } : null)
  }
})

test('the export holds them too, counted', async () => {
  const response = await fetch(`${church.url}/audit-log.jsonl?action=${done.join('&action=')}`, {
    headers: { cookie: subject.cookie },
  })
  const lines = (await response.text()).trim().split('\n')
  const entries: { action: string; resourceId: string }[] = lines.map((line) => JSON.parse(line))
  expect(entries.map(({ action }) => action).toSorted()).toEqual(done)
  expect(entries.every(({ resourceId }) => resourceId === subject.userId)).toBe(true)
  expect(response.headers.get('x-audit-log-rows')).toBe('3')
})
