import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'

let church: RunningChurch

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

const fields = ['START_TIME', 'CREATED_AT', 'UPDATED_AT', 'DURATION', 'STATUS'] as const
const statuses = ['pending', 'confirmed', 'completed'] as const

/** A booking with one of three values in each column, so that many rows tie in any sort order. */
const anyBooking = fc.record({
  startTime: fc.integer({ min: 1, max: 3 }).map((day) => new Date(Date.UTC(2026, day, 1))),
  createdAt: fc.integer({ min: 1, max: 3 }).map((day) => new Date(Date.UTC(2026, 0, day))),
  updatedAt: fc.integer({ min: 1, max: 3 }).map((day) => new Date(Date.UTC(2026, 1, day))),
  duration: fc.constantFrom(15, 30, 45),
  status: fc.constantFrom(...statuses),
})

type Node = { id: string; startTime: string; createdAt: string; updatedAt: string; duration: number; status: string }
type Page = {
  edges: { cursor: string; node: Node }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

const document = `query($order: BookingOrder, $first: Int, $after: String, $last: Int, $before: String) {
  bookings(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id startTime createdAt updatedAt duration status } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

async function pageOf(variables: Record<string, unknown>): Promise<Page> {
  const { data, errors } = await church.ask<{ bookings: Page }>(church.pastor, document, variables)
  expect(errors).toBeUndefined()
  if (!data) throw new Error('no page came')
  return data.bookings
}

/** Pages in one direction and runs `between` after each page. Returns the rows in the order of the whole list. */
async function walk(
  order: object,
  size: number,
  isBackward: boolean,
  afterEachPage: () => Promise<void>,
): Promise<Node[]> {
  const pages: Node[][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await pageOf(
      isBackward ? { order, last: size, before: cursor } : { order, first: size, after: cursor },
    )
    pages.push(page.edges.map(({ node }) => node))
    expect(page.edges.length).toBeLessThanOrEqual(size)
    expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null)
    expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null)
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo
    const next = isBackward
      ? { isThere: hasPreviousPage, after: startCursor }
      : { isThere: hasNextPage, after: endCursor }
    cursor = next.isThere ? next.after : null
    if (cursor !== null) await afterEachPage()
  }
  return (isBackward ? pages.toReversed() : pages).flat()
}

function sortValueOf(node: Node, field: (typeof fields)[number]): number | string {
  if (field === 'STATUS') return statuses.findIndex((status) => status.toUpperCase() === node.status)
  if (field === 'DURATION') return node.duration
  return { START_TIME: node.startTime, CREATED_AT: node.createdAt, UPDATED_AT: node.updatedAt }[field]
}

const uuidOf = ({ id }: Node) => Buffer.from(id, 'base64').toString()

it.each(fields.flatMap((field) => [[field, 'ASC'] as const, [field, 'DESC'] as const]))(
  'pages by %s %s return each row once in one order, in both directions, while rows are inserted',
  async (field, direction) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBooking, { minLength: 5, maxLength: 9 }),
        fc.array(anyBooking, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (existing, added, size, isBackward) => {
          const { database } = church.deps
          await database.bookingKey.deleteMany()
          const add = (columns: (typeof existing)[number]) =>
            addBooking(church.deps, church.pastor, {
              intake: null,
              columns: { ...columns, endTime: columns.startTime },
            })
          const ids = new Set<string>()
          for (const columns of existing) ids.add(`Booking:${await add(columns)}`)
          const waiting = [...added]
          const rows = await walk({ field, direction }, size, isBackward, async () => {
            const next = waiting.pop()
            if (next) await add(next)
          })
          const returned = rows.map(uuidOf)
          expect(new Set(returned).size).toBe(returned.length)
          expect(returned.filter((id) => ids.has(id))).toHaveLength(ids.size)
          const sorted = rows.toSorted((a, b) => {
            const [x, y] = [sortValueOf(a, field), sortValueOf(b, field)]
            const isFirst = x === y ? uuidOf(a) < uuidOf(b) : x < y
            return isFirst === (direction === 'ASC') ? -1 : 1
          })
          expect(returned).toEqual(sorted.map(uuidOf))
          // Without further inserts, the other direction returns the same rows in the same order.
          const [forward, backward] = [
            await walk({ field, direction }, size, false, idle),
            await walk({ field, direction }, 3, true, idle),
          ]
          expect(forward.map(uuidOf)).toEqual(backward.map(uuidOf))
          expect(forward.length).toBe(ids.size + added.length - waiting.length)
        },
      ),
      { numRuns: 6 },
    )
  },
  60_000,
)

const idle = () => Promise.resolve()
