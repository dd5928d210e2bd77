import { graphql } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { record } from '../../../test/support/audit-log.ts'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson, testOrigin } from '../../../test/support/parish.ts'
import { createCursors } from '../../core/access/cursors.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { Secret } from '../../platform/secret.ts'
import { schema } from '../../schema.ts'

let fresh: FreshDatabase
let admin: Viewer
const cursors = createCursors({ masterKey: new Secret(Buffer.alloc(32, 7)), previousMasterKey: null })
beforeAll(async () => {
  fresh = await freshDatabase()
  admin = await addPerson(fresh.database, 'admin')
  await record(fresh.database, 7)
  const auditFields = { resource: 'session', resourceId: null, bookingId: null, origin: testOrigin } as const
  const entry = { action: 'session.signed_in', userId: admin.userId, metadata: {}, ...auditFields } as const
  await fresh.database.$transaction((tx) => recordAudit(tx, [entry]))
})
afterAll(() => fresh.close())

async function ask(source: string, variableValues: Record<string, unknown> = {}) {
  const contextValue = {
    deps: { database: fresh.database, cursors },
    viewer: admin,
    origin: testOrigin,
    setCookie: null,
    memo: new Map(),
  }
  return JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue, variableValues })))
}

const page = `query ($first: Int, $after: String, $last: Int, $before: String) {
  auditLogs(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id action user { id } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}`

test('pages forward and backward return the same rows', async () => {
  const { data: first } = await ask(page, { first: 3 })
  expect(first.auditLogs).toMatchObject({ totalCount: 8, pageInfo: { hasNextPage: true, hasPreviousPage: false } })
  expect(first.auditLogs.edges[0].node).toMatchObject({ action: 'session.signed_in', user: { id: expect.any(String) } })
  const { data: second } = await ask(page, { first: 50, after: first.auditLogs.pageInfo.endCursor })
  expect(second.auditLogs.edges).toHaveLength(5)
  expect(second.auditLogs.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  const { data: lastPage } = await ask(page, { last: 3, before: second.auditLogs.pageInfo.startCursor })
  expect(lastPage.auditLogs.edges).toEqual(first.auditLogs.edges)
  const { data: end } = await ask(page, { last: 2 })
  expect(end.auditLogs.edges).toEqual(second.auditLogs.edges.slice(-2))
})

test('the count alone, the page alone, and both kinds of rows can be selected', async () => {
  expect(await ask('{ auditLogs { totalCount } }')).toEqual({ data: { auditLogs: { totalCount: 8 } } })
  expect(await ask('{ auditLogs(first: 1) { pageInfo { hasNextPage } } }')).toMatchObject({
    data: { auditLogs: { pageInfo: { hasNextPage: true } } },
  })
  const { data } = await ask('{ auditLogs { nodes { action } edges { node { user { email } } } } }')
  expect(data.auditLogs.nodes).toHaveLength(8)
})

test('a cursor of another list is rejected on its argument', async () => {
  const { errors } = await ask(page, { after: 'bm9uZQ' })
  expect(errors).toMatchObject([{ path: ['auditLogs'], extensions: { field: 'after' } }])
})
