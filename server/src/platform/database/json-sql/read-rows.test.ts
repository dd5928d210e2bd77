import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NeonBridge, startNeonBridge } from '../../../../test/fakes/neon-bridge.ts'
import { addBooking, addUser } from '../../../../test/schema/rows.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { newId } from '../../ids.ts'
import type { Where } from './conditions.ts'
import { UnsupportedQueryError } from './not-in-one-statement.ts'
import { readRows } from './read-rows.ts'
import type { Page, Read, Row, Rows } from './rows.ts'
import type { Tables } from './tables.ts'

describe.each(['pg', 'neon'] as const)('rows read by one statement over %s', (driver) => {
  let bridge: NeonBridge | undefined
  let fresh: FreshDatabase
  let tables: Tables
  let userId: string
  let bookingIds: string[]

  beforeAll(async () => {
    if (driver === 'neon') bridge = await startNeonBridge()
    fresh = await freshDatabase({ driver })
    tables = fresh.statements.tables ?? new Map()
    userId = await addUser(fresh.database)
    bookingIds = []
    for (let n = 0; n < 7; n++) {
      const id = await addBooking(fresh.database, userId, `2026-08-0${1 + (n % 4)}T09:00:00.12${n}Z`)
      bookingIds.push(id)
      await fresh.database.booking.update({
        where: { id },
        data: {
          title: ['Grief', 'grief 100%', 'Wedding', 'a_b'][n % 4] ?? '',
          location: n % 2 === 0 ? null : 'Here',
          sensitivity: n % 3 === 0 ? 'High' : 'Low',
          metadata: n === 0 ? { attendeeCount: 2, list: [1, null, 'é'] } : {},
        },
      })
    }
  })
  afterAll(async () => {
    await fresh.close()
    await bridge?.[Symbol.asyncDispose]()
  })

  const rowsOf = (model: string, columns: string[], parts: Rows['parts'] = new Map()): Rows => {
    return { model, columns: new Set(columns), parts }
  }
  const read = (...reads: Read[]) => readRows(tables, fresh.statements.run, reads)
  const list = async (where: Where, page: Page = {}): Promise<string[]> => {
    const orderBy = [{ startTime: 'asc' }, { id: 'asc' }]
    const [rows] = await read({ kind: 'list', rows: rowsOf('Booking', ['id']), page: { orderBy, ...page, where } })
    return (rows as readonly Row[]).map(({ id }) => String(id)) // a list returns rows
  }

  test.each<Where>([
    {},
    { title: 'Grief' },
    { title: { contains: 'grief', mode: 'insensitive' } },
    { title: { contains: '100%' } },
    { title: { startsWith: 'G' } },
    { title: { endsWith: 'b' } },
    { title: { in: ['Wedding', 'a_b'] } },
    { title: { in: [] } },
    { title: { notIn: [] } },
    { title: { not: 'Grief' } },
    { location: null },
    { location: { not: null } },
    { location: { not: 'There' } },
    { sensitivity: { in: ['High'] }, status: { notIn: ['cancelled'] } },
    { startTime: { gte: new Date('2026-08-02T09:00:00.121Z'), lt: new Date('2026-08-04T00:00:00Z') } },
    { OR: [] },
    { OR: [{ title: 'Grief' }, { AND: [{ location: 'Here' }, { sensitivity: 'Low' }] }] },
    { AND: [] },
    { NOT: { title: 'Grief' } },
    { NOT: [{ title: 'Grief' }, { location: 'Here' }] },
    { NOT: { location: 'Here' } },
    { owner: { name: { contains: 'a' } } },
    { formResponses: { none: {} } },
    { contextSummaries: { some: { expiresAt: null } } },
  ])('matches Prisma’s result for %j', async (where) => {
    const found = await fresh.database.booking.findMany({
      where: where as object, // Prisma's own where
      orderBy: [{ startTime: 'asc' }, { id: 'asc' }],
      select: { id: true },
    })
    expect(await list(where)).toEqual(found.map(({ id }) => id))
    expect(await read({ kind: 'count', model: 'Booking', where })).toEqual([found.length])
  })

  test.each<[string, Page]>([
    ['from the beginning', { take: 3 }],
    ['from the end', { take: -3 }],
    ['none', { take: 0 }],
    ['backward', { take: 3, orderBy: [{ startTime: 'desc' }, { id: 'desc' }] }],
  ])('pages %s like Prisma, also from a position', async (_name, page) => {
    const { take = 0, orderBy = [{ startTime: 'asc' }, { id: 'asc' }] } = page
    const id = bookingIds[3] ?? ''
    const { startTime } = await fresh.database.booking.findUniqueOrThrow({ where: { id } })
    for (const from of [undefined, [startTime, id]]) {
      const found = await fresh.database.booking.findMany({
        take,
        orderBy: orderBy as object[], // Prisma's own orderBy
        ...(from !== undefined && { cursor: { id }, skip: 1 }),
        select: { id: true },
      })
      expect(await list({}, { ...page, from })).toEqual(found.map(({ id }) => id))
    }
  })

  test('returns every type of value like Prisma', async () => {
    const id = bookingIds[0] ?? ''
    await fresh.database.auditLog.create({
      data: { id: newId(), userId, bookingId: id, action: 'a', resource: 'r', ipAddress: '203.0.113.7' },
    })
    const select = { id: true, startTime: true, location: true, isAnonymous: true, duration: true, metadata: true }
    const auditLogs = {
      kind: 'many',
      relation: 'auditLogs',
      rows: rowsOf('AuditLog', ['ipAddress']),
      page: {},
    } as const
    const owner = { kind: 'one', relation: 'owner', rows: rowsOf('User', ['name', 'lastLoginAt']) } as const
    const responses = { kind: 'count', relation: 'formResponses', where: {} } as const
    const parts = new Map<string, typeof auditLogs | typeof owner | typeof responses>([
      ['auditLogs', auditLogs],
      ['owner', owner],
      ['responses', responses],
    ])
    const [row] = await read({ kind: 'one', rows: rowsOf('Booking', Object.keys(select), parts), where: { id } })
    const truth = await fresh.database.booking.findUnique({
      where: { id },
      select: {
        ...select,
        auditLogs: { select: { ipAddress: true } },
        owner: { select: { name: true, lastLoginAt: true } },
      },
    })
    expect(row).toEqual({ ...truth, responses: 0 })
  })

  test('counts what other counts include in the same statement', async () => {
    const week = { startTime: { gte: new Date('2026-08-01T00:00:00Z') } }
    const high = { AND: [week, { sensitivity: 'High' }] }
    const elsewhere = { AND: [week, { location: 'Here' }, { title: 'Wedding' }] }
    const counts = [week, high, elsewhere].map((where): Read => ({ kind: 'count', model: 'Booking', where }))
    const truth = await Promise.all(
      [week, high, elsewhere].map((where) => fresh.database.booking.count({ where: where as object })), // see above
    )
    expect(await read(...counts)).toEqual(truth)
  })

  test.each<[string, Where]>([
    ['a column that does not exist', { nothing: 1 }],
    ['undefined as a condition', { title: undefined }],
    ['an unknown operator', { title: { search: 'x' } }],
    ['a condition inside JSON', { metadata: { path: ['a'], equals: 1 } }],
    ['`every` on a relation', { formResponses: { every: {} } }],
  ])('refuses %s, rather than finding something else', async (_name, where) => {
    await expect(list(where)).rejects.toThrow(UnsupportedQueryError)
  })

  test.each(['status', 'duration', 'title', 'createdAt'])(
    'pages from a position by %s, in both directions',
    async (column) => {
      for (const direction of ['asc', 'desc']) {
        const orderBy = [{ [column]: direction }, { id: direction }]
        const all = await fresh.database.booking.findMany({ orderBy: orderBy as object[] }) // Prisma's own orderBy
        const { [column as 'status']: value, id } = all[3] ?? {} // one of the columns above
        const ids = all.map((each) => each.id)
        expect(await list({}, { orderBy, from: [value, id], take: 2 })).toEqual(ids.slice(4, 6))
        expect(await list({}, { orderBy, from: [value, id], take: -2 })).toEqual(ids.slice(1, 3))
      }
    },
  )

  test('refuses a position in an order that a row comparison can’t follow', async () => {
    const from = [new Date(), bookingIds[0]]
    for (const orderBy of [
      [{ startTime: 'asc' }, { id: 'desc' }],
      [{ location: 'asc' }, { id: 'asc' }],
    ]) {
      await expect(list({}, { orderBy, from, take: 2 })).rejects.toThrow(UnsupportedQueryError)
    }
    const orderBy = [{ startTime: 'asc' }, { id: 'asc' }]
    for (const from of [[null, bookingIds[0]], [new Date()]]) {
      await expect(list({}, { orderBy, from, take: 2 })).rejects.toThrow(UnsupportedQueryError)
    }
  })
})
