import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as enums from '../../src/generated/prisma/enums.ts'
import { newId } from '../../src/platform/ids.ts'
import { schema } from '../../src/schema.ts'
import { type ListedChurch, openListedChurch, rowsPerList } from './listed-church.ts'
import { type ListOfSchema, type ListOrder, listsOf } from './lists.ts'

let listed: ListedChurch
beforeAll(async () => {
  listed = await openListedChurch()
})
afterAll(() => listed.church.close())

type Node = Readonly<{ id?: string; key?: string }>
type Page = Readonly<{
  edges: readonly { cursor: string; node: Node }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}>
type Path = 'the planner' | 'graphql-js'

const lists = listsOf(schema)
const named = lists.map((list): [string, ListOfSchema] => [`${list.parent}.${list.field}`, list])
const ordered = lists.flatMap((list) =>
  list.orders.map((order): [string, ListOfSchema, ListOrder] => [nameOf(list, order), list, order]),
)
const paths: readonly Path[] = ['the planner', 'graphql-js']
const size = 3

function nameOf({ parent, field }: ListOfSchema, { argument }: ListOrder): string {
  return `${parent}.${field}${argument === '' ? '' : `(${argument})`}`
}

/** Asks for a page. A directive leaves the operation to graphql-js. */
async function ask(list: ListOfSchema, args: string, path: Path, bookingId = listed.bookingId) {
  const directive = path === 'graphql-js' ? '__typename @include(if: $yes)' : ''
  const selected = `edges { cursor node { ${list.key} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`
  const field = `${list.field}${args === '' ? '' : `(${args})`} { ${directive} ${selected} }`
  const [before, after] = {
    Booking: [`booking(id: "${Buffer.from(`Booking:${bookingId}`).toString('base64')}") {`, '}'],
    WebhookEndpoint: ['webhookEndpoints(first: 1) { nodes {', '} }'],
  }[list.parent] ?? ['', '']
  const source = `query${path === 'graphql-js' ? '($yes: Boolean!)' : ''} { ${before} ${field} ${after} }`
  const answer = await listed.church.ask(listed.church.admin, source, path === 'graphql-js' ? { yes: true } : {})
  return { ...answer, page: pageIn(answer.data, list.field) }
}

/** The page, wherever it is in the data. */
function pageIn(data: unknown, field: string): Page | null {
  if (typeof data !== 'object' || data === null) return null
  if (field in data) {
    const { __typename: _, ...page } = Reflect.get(data, field)
    return page
  }
  return (
    Object.values(data)
      .map((value) => pageIn(value, field))
      .find((page) => page !== null) ?? null
  )
}

async function pageOf(list: ListOfSchema, args: string, path: Path): Promise<Page> {
  const { page, errors } = await ask(list, args, path)
  expect(errors).toBeUndefined()
  if (page === null) throw new Error('no page came')
  return page
}

type Walk = Readonly<{
  path: Path
  isBackward: boolean
  args: string
  afterEachPage?: (cursorId: string) => Promise<unknown>
}>

/** Walks to the end, and returns the pages in the order of the list. */
async function walk(list: ListOfSchema, { path, isBackward, args, afterEachPage }: Walk): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const from = cursor === undefined ? '' : `${isBackward ? 'before' : 'after'}: "${cursor}"`
    const page = await pageOf(list, `${isBackward ? 'last' : 'first'}: ${size} ${from} ${args}`, path)
    pages.push(page)
    if (pages.length > 100) throw new Error('the walk never ends')
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo
    const end = isBackward
      ? { isLast: !hasPreviousPage, next: startCursor, edge: page.edges[0] }
      : { isLast: !hasNextPage, next: endCursor, edge: page.edges.at(-1) }
    cursor = end.isLast ? null : end.next
    if (cursor !== null && end.edge !== undefined) await afterEachPage?.(rowOf(end.edge.node))
  }
  return isBackward ? pages.toReversed() : pages
}

/** The database's ID of a node. */
function rowOf({ id = '', key }: Node): string {
  return key ?? /^\w+:(.+)$/.exec(Buffer.from(id, 'base64').toString())?.[1] ?? id
}

const rowsOf = (pages: readonly Page[]) => pages.flatMap(({ edges }) => edges.map(({ node }) => rowOf(node)))
const cursorsOf = (pages: readonly Page[]) => pages.flatMap(({ edges }) => edges.map(({ cursor }) => cursor))

it('knows every list of the schema', () => {
  expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(['Query.bookings', 'Booking.auditLogs']))
  expect(named).toHaveLength(18)
})

describe('the database', () => {
  it('keeps no time more precisely than a cursor does', async () => {
    const precise = await listed.church.deps.database.$queryRaw`
      SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND data_type LIKE 'timestamp%' AND datetime_precision > 3`
    expect(precise).toEqual([])
  })

  it('sorts each enum by the order of its values in the data model', async () => {
    const found = await listed.church.deps.database.$queryRaw<{ name: string; values: string[] }[]>`
      SELECT typname AS name, array_agg(enumlabel::text ORDER BY enumsortorder) AS values
      FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace = 'public'::regnamespace GROUP BY typname`
    const { BookingStatus } = enums
    expect(found.find(({ name }) => name === 'BookingStatus')?.values).toEqual(Object.values(BookingStatus))
  })
})

describe('a walk', () => {
  it.each(ordered)('over %s finds each row once, in both directions and on both paths', async (_name, list, order) => {
    const all = await pageOf(list, `first: 100 ${order.argument}`, 'graphql-js')
    expect(all.edges.length).toBeGreaterThanOrEqual(rowsPerList)
    const [forward, ...others] = await Promise.all(
      paths.flatMap((path) =>
        [false, true].map((isBackward) => walk(list, { path, isBackward, args: order.argument })),
      ),
    )
    expect(rowsOf(forward ?? [])).toEqual(rowsOf([all]))
    expect(new Set(cursorsOf([all])).size).toBe(all.edges.length)
    // A row has one cursor, wherever it is read.
    for (const pages of [forward ?? [], ...others]) expect(cursorsOf(pages)).toEqual(cursorsOf([all]))
    for (const path of paths) expect(await pageOf(list, `first: 100 ${order.argument}`, path)).toEqual(all)
  })
})

describe('refuses', () => {
  const hint = /^Invalid cursor\. Use a cursor from this list/
  const refusalOf = async (list: ListOfSchema, args: string, path: Path, bookingId?: string) => {
    const { errors } = await ask(list, args, path, bookingId)
    expect(errors).toHaveLength(1)
    return { message: errors?.[0]?.message ?? '', ...errors?.[0]?.extensions }
  }
  const refused = (field: string) => ({ code: 'BAD_USER_INPUT', field, message: expect.stringMatching(hint) })

  it.each(named)('cursors of other lists in %s', async (_name, list) => {
    for (const other of lists.filter((each) => each !== list)) {
      const { cursor } = (await pageOf(other, 'first: 1', 'graphql-js')).edges[0] ?? {}
      for (const path of paths) {
        for (const side of ['after', 'before']) {
          expect(await refusalOf(list, `${side}: "${cursor}"`, path)).toEqual(refused(side))
        }
      }
    }
  })

  it.each(named)('altered, old and invented cursors in %s', async (_name, list) => {
    const { cursor = '' } = (await pageOf(list, 'first: 1', 'graphql-js')).edges[0] ?? {}
    const flipped = `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.slice(-1)}`
    const old = Buffer.from(`GPC:S:${newId()}`).toString('base64')
    for (const path of paths) {
      for (const wrong of [flipped, `${cursor}AAAA`, cursor.slice(0, -4), old, 'nonsense', '', 'ä'.repeat(300)]) {
        for (const side of ['after', 'before']) {
          expect(await refusalOf(list, `${side}: "${wrong}"`, path)).toEqual(refused(side))
        }
      }
    }
  })

  it.each(ordered.filter(([, { orders }]) => orders.length > 1))(
    'cursors of another order in %s',
    async (_name, list, order) => {
      const other = list.orders.find((each) => each !== order)
      const { cursor } = (await pageOf(list, `first: 1 ${other?.argument}`, 'the planner')).edges[0] ?? {}
      for (const path of paths) {
        expect(await refusalOf(list, `after: "${cursor}" ${order.argument}`, path)).toEqual(refused('after'))
      }
    },
  )

  it.each(named.filter(([, { parent }]) => parent === 'Booking'))(
    'cursors of another booking in %s',
    async (_name, list) => {
      const { cursor } = (await ask(list, 'first: 1', 'the planner', listed.otherBookingId)).page?.edges[0] ?? {}
      for (const path of paths) {
        expect(await refusalOf(list, `after: "${cursor}"`, path)).toEqual(refused('after'))
        const { errors } = await ask(list, `after: "${cursor}"`, path, listed.otherBookingId)
        expect(errors).toBeUndefined()
      }
    },
  )

  it.each(named)('`first` with `last`, and negative sizes, in %s', async (_name, list) => {
    for (const path of paths) {
      expect(await refusalOf(list, 'first: 2 last: 2', path)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'last' })
      expect(await refusalOf(list, 'first: -1', path)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' })
      expect(await refusalOf(list, 'last: -1', path)).toMatchObject({ code: 'BAD_USER_INPUT', field: 'last' })
    }
  })
})

describe('a cursor', () => {
  it.each(named)('of %s tells nothing', async (_name, list) => {
    const { edges } = await pageOf(list, 'first: 5', 'the planner')
    const texts = edges.map(({ cursor }) => Buffer.from(cursor, 'base64url').toString('latin1'))
    for (const [at, { cursor, node }] of edges.entries()) {
      const text = texts[at] ?? ''
      for (const told of [rowOf(node), list.field, list.node, '2026']) expect(`${cursor} ${text}`).not.toContain(told)
    }
    // Beyond the version, neighbours have nothing in common.
    expect(new Set(texts.map((text) => text.slice(1, 9))).size).toBe(edges.length)
  })

  it('goes on at other nodes and during a rotation of the key, and is refused after it', async () => {
    const { church } = listed
    const { data: page } = await church.ask<{ bookings: Page }>(church.admin, '{ bookings { edges { cursor } } }')
    const next = `{ bookings(after: "${page?.bookings.edges[3]?.cursor}", first: 2) { edges { cursor } } }`
    const { data } = await church.ask(church.admin, next)
    expect(data).toEqual({ bookings: { edges: page?.bookings.edges.slice(4, 6) } })
    const sameKey = await church.secondNode()
    expect((await sameKey.ask(church.admin, next)).data).toEqual(data)
    const keys = {
      ENCRYPTION_KEY: 'a new key of thirty-two bytes !!',
      ENCRYPTION_KEY_PREVIOUS: '0123456789abcdef0123456789abcdef',
    }
    const rotating = await church.secondNode({ variables: keys })
    const { data: goneOn } = await rotating.ask<{ bookings: Page }>(
      church.admin,
      next.replace('cursor }', 'node { id } }'),
    )
    expect(goneOn?.bookings.edges).toHaveLength(2)
    const rotated = await church.secondNode({ variables: { ENCRYPTION_KEY: keys.ENCRYPTION_KEY } })
    const { errors } = await rotated.ask(church.admin, next)
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'after' })
  })
})

/** Lists whose rows are never changed. */
const fixed = ['AuditLog', 'SystemSetting']
const changeable = ordered.filter(([, { node }]) => !fixed.includes(node))

type Delegate = Readonly<{
  update(query: object): Promise<unknown>
  updateMany(query: object): Promise<unknown>
  delete(query: object): Promise<unknown>
}>
const delegateOf = ({ node }: ListOfSchema): Delegate =>
  Reflect.get(listed.church.deps.database, `${node.charAt(0).toLowerCase()}${node.slice(1)}`)

let moves = 0

/** A value at the end that the walk is going to. */
function farValue(column: string, isToTheEnd: boolean): unknown {
  moves += 1
  if (column === 'duration') return isToTheEnd ? 1_000 + moves : 1
  if (column === 'status') return isToTheEnd ? 'no_show' : 'pending'
  if (column === 'email') return `${isToTheEnd ? 'zzz' : '000'}${moves}@church.example`
  if (column === 'name' || column === 'churchName') return isToTheEnd ? 'zzz' : '000'
  // A record is never older than its booking.
  return new Date(isToTheEnd ? Date.UTC(2100, 0, 1) + moves : Date.UTC(2026, 6, 31, 12) - moves)
}

describe('a walk while rows change', () => {
  it.each(changeable)(
    'over %s misses no row when the cursor’s row moves',
    { timeout: 30_000 },
    async (_name, list, order) => {
      const column = list.node === 'WebhookDelivery' ? 'receivedAt' : order.column
      const isDescending =
        ['WebhookEndpoint'].includes(list.node) || `${list.parent}.${list.field}` === 'Booking.formResponses'
          ? false
          : order.isDescending
      for (const path of paths) {
        for (const isBackward of [false, true]) {
          const all = await pageOf(list, `first: 100 ${order.argument}`, 'graphql-js')
          const moved = new Set<string>()
          const pages = await walk(list, {
            path,
            isBackward,
            args: order.argument,
            afterEachPage: async (id) => {
              if (moved.has(id)) return
              moved.add(id)
              await delegateOf(list).update({
                where: { id },
                data: { [column]: farValue(column, isBackward === isDescending) },
              })
            },
          })
          expect(moved.size).toBeGreaterThan(1)
          const stayed = (ids: readonly string[]) => ids.filter((id) => !moved.has(id))
          expect({ path, isBackward, rows: stayed(rowsOf(pages)) }).toEqual({
            path,
            isBackward,
            rows: stayed(rowsOf([all])),
          })
        }
      }
    },
  )

  const filtered: Record<string, { filter: string; on: object; off: object }> = {
    'Query.bookings': { filter: 'isAnonymous: false', on: { isAnonymous: false }, off: { isAnonymous: true } },
    'Query.forms': { filter: 'isActive: true', on: { isActive: true }, off: { isActive: false } },
    'Query.users': { filter: 'isActive: true', on: { isActive: true }, off: { isActive: false } },
    'Query.workerJobs': { filter: 'status: [FAILED]', on: { status: 'failed' }, off: { status: 'completed' } },
    'Query.webhookDeliveries': {
      filter: 'outcome: ["applied"]',
      on: { outcome: 'applied' },
      off: { outcome: 'stale' },
    },
    'WebhookEndpoint.messages': { filter: 'status: [FAILED]', on: { status: 'failed' }, off: { status: 'delivered' } },
  }

  it.each(ordered.filter(([, { parent, field }]) => `${parent}.${field}` in filtered))(
    'over %s misses no row when the cursor’s row leaves the filter',
    async (_name, list, order) => {
      const { filter, on, off } = filtered[`${list.parent}.${list.field}`] ?? { filter: '', on: {}, off: {} }
      const args = `filter: { ${filter} } ${order.argument}`
      for (const path of paths) {
        for (const isBackward of [false, true]) {
          const all = await pageOf(list, `first: 100 ${args}`, 'graphql-js')
          expect(all.edges.length).toBeGreaterThanOrEqual(rowsPerList)
          const left: string[] = []
          const afterEachPage = async (id: string) => {
            // Signed in as this user.
            if (id === listed.church.admin.userId) return
            left.push(id)
            await delegateOf(list).update({ where: { id }, data: off })
          }
          const pages = await walk(list, { path, isBackward, args, afterEachPage })
          expect({ path, isBackward, rows: rowsOf(pages) }).toEqual({ path, isBackward, rows: rowsOf([all]) })
          await delegateOf(list).updateMany({ where: { id: { in: left } }, data: on })
        }
      }
    },
  )

  const deletable = named.filter(([, { node }]) =>
    ['AiConfiguration', 'ApiToken', 'ContextSummary', 'FormResponse', 'SchedulingPolicy', 'WebhookMessage'].includes(
      node,
    ),
  )
  it.each(deletable)('over %s misses no row when the cursor’s row is deleted', async (_name, list) => {
    for (const path of paths) {
      for (const isBackward of [false, true]) {
        const all = await pageOf(list, 'first: 100', 'graphql-js')
        const afterEachPage = (id: string) => delegateOf(list).delete({ where: { id } })
        const pages = await walk(list, { path, isBackward, args: '', afterEachPage })
        expect({ path, isBackward, rows: rowsOf(pages) }).toEqual({ path, isBackward, rows: rowsOf([all]) })
      }
    }
  })
})
