import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import {
  bytesOf,
  depth,
  globalId,
  type MarkedChurch,
  markers,
  queryAllPaths,
  startMarkedChurch,
  wordsIn,
} from '../support/marked-church.ts'
import { addBooking } from '../support/parish.ts'
import type { Person } from '../support/running-church.ts'

let church: MarkedChurch

beforeAll(async () => {
  church = await startMarkedChurch()
})
afterAll(() => church.close())

const walkAs = (person: Person | null) => queryAllPaths(church, (query) => church.ask(person, query))

describe(`every path of the schema up to depth ${depth}`, { timeout: 240_000 }, () => {
  it('shows the owner every encrypted text, so the walks below cover them all', async () => {
    const seen = await walkAs(church.pastor)
    expect(Object.values(markers).filter((word) => !seen.includes(word))).toEqual([])
  })

  it('shows another pastor none of them', async () => {
    expect(wordsIn(await walkAs(church.otherPastor))).toEqual([])
  })

  it('shows an admin none of them', async () => {
    expect(wordsIn(await walkAs(church.admin))).toEqual([])
  })

  it('shows a signed-out visitor none of them', async () => {
    expect(wordsIn(await walkAs(null))).toEqual([])
  })

  it('shows a deactivated pastor none of them', async () => {
    const deactivated = await church.addPerson('pastor', 'Pastor Demas', 4)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: deactivated.userId },
    })
    const deactivate = `mutation { deactivateUser(input: { id: "${globalId('User', deactivated.userId)}" }) { user { id } } }`
    expect((await church.ask(church.admin, deactivate)).errors).toBeUndefined()
    const seen = await walkAs(deactivated)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: church.pastor.userId },
    })
    expect(wordsIn(seen)).toEqual([])
  })

  it('decrypts nothing for either pastor when a row’s owner is changed by hand', async () => {
    const tokenThief = await church.addPerson('pastor', 'Pastor Gehazi', 5)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: tokenThief.userId },
    })
    const before = await walkAs(church.pastor)
    const seen = await walkAs(tokenThief)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: church.pastor.userId },
    })
    // The previous owner is now another pastor.
    expect(wordsIn(before)).toEqual([])
    const sealed = [markers.notes, markers.answer, markers.summary, markers.formAnswer]
    expect(sealed.filter((word) => seen.includes(word))).toEqual([])
    expect(seen).toContain('UNREADABLE')
  })
})

describe('another pastor’s data', () => {
  it.each([
    'Booking',
    'FormResponse',
    'ContextSummary',
    'Form',
    'User',
    'AuditLog',
    'WebhookDelivery',
    'SchedulingPolicy',
    'WorkerJob',
    'ApiToken',
    'WebhookEndpoint',
    'WebhookMessage',
  ])('gets the same response as data that doesn’t exist, byte for byte: %s', async (typename) => {
    const unknownId = newId()
    for (const document of [lookUp, lookUpMany]) {
      const theirs = await church.ask(church.otherPastor, document(globalId(typename, idOf(typename))))
      const missing = await church.ask(church.otherPastor, document(globalId(typename, unknownId)))
      expect(bytesOf(theirs)).toBe(bytesOf(missing))
      expect(theirs.status).toBe(missing.status)
      expect(theirs.text).toContain('NOT_FOUND')
    }
  })

  it('gets the same response from booking(id:)', async () => {
    const ask = (id: string) =>
      church.ask(church.otherPastor, `{ booking(id: "${globalId('Booking', id)}") { intake { notes } } }`)
    expect(bytesOf(await ask(idOf('Booking')))).toBe(bytesOf(await ask(newId())))
  })

  it('can’t be found by paging: its cursor is as unknown as one that doesn’t exist', async () => {
    const own = await addBooking(church.deps, church.otherPastor)
    const lists: [string, (after: string) => string][] = [
      ['Booking', (after) => `{ bookings(after: "${after}") { nodes { id } } }`],
      ...(['contextSummaries', 'formResponses', 'auditLogs'] as const).map(
        (list, at): [string, (after: string) => string] => [
          ['ContextSummary', 'FormResponse', 'AuditLog'][at] ?? '',
          (after) => `{ booking(id: "${globalId('Booking', own)}") { ${list}(after: "${after}") { nodes { id } } } }`,
        ],
      ),
    ]
    const cursorOf = (id: string) => Buffer.from(`GPC:S:${id}`).toString('base64')
    for (const [typename, document] of lists) {
      const theirs = await church.ask(church.otherPastor, document(cursorOf(idOf(typename))))
      const missing = await church.ask(church.otherPastor, document(cursorOf(newId())))
      expect(bytesOf(theirs)).toBe(bytesOf(missing))
      expect(theirs.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'after' })
      expect((await church.ask(church.otherPastor, document('nonsense'))).errors?.[0]?.extensions.code).toBe(
        'BAD_USER_INPUT',
      )
    }
    const page = await church.ask<{ bookings: { edges: { cursor: string }[] } }>(
      church.otherPastor,
      '{ bookings { edges { cursor } } }',
    )
    const next = `{ bookings(after: "${page.data?.bookings.edges[0]?.cursor}") { nodes { id } } }`
    expect((await church.ask(church.otherPastor, next)).errors).toBeUndefined()
  })

  it('logs an attempt to read an intake, on every path', async () => {
    const { database } = church.deps
    const denied = () =>
      database.auditLog.count({
        where: { action: 'intake.read_denied', resourceId: idOf('Booking'), userId: church.otherPastor.userId },
      })
    const before = await denied()
    await church.ask(
      church.otherPastor,
      `{ booking(id: "${globalId('Booking', idOf('Booking'))}") { intake { notes } } }`,
    )
    await church.ask(church.otherPastor, lookUp(globalId('Booking', idOf('Booking'))))
    expect(await denied()).toBe(before + 2)
  })

  it('logs the attempt where its owner sees it', async () => {
    const { database } = church.deps
    const denied = () =>
      database.auditLog.count({ where: { action: 'summary.read_denied', resourceId: idOf('ContextSummary') } })
    const before = await denied()
    await church.ask(church.otherPastor, lookUp(globalId('ContextSummary', idOf('ContextSummary'))))
    expect(await denied()).toBe(before + 1)
    const { data } = await church.ask<{ auditLogs: { nodes: { action: string }[] } }>(
      church.pastor,
      '{ auditLogs(filter: { action: ["summary.read_denied"] }, first: 1) { nodes { action } } }',
    )
    expect(data?.auditLogs.nodes).toEqual([{ action: 'summary.read_denied' }])
  })

  it('is refused to an admin with FORBIDDEN, and logged', async () => {
    const { errors } = await church.ask(
      church.admin,
      `{ node(id: "${globalId('Booking', idOf('Booking'))}") { ... on Booking { intake { notes } } } }`,
    )
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    expect(
      await church.deps.database.auditLog.count({
        where: { action: 'intake.read_denied', userId: church.admin.userId },
      }),
    ).toBeGreaterThan(0)
  })
})

function idOf(typename: string): string {
  const id = church.ids[typename]
  if (id === undefined) throw new Error(`the test made no ${typename}`)
  return id
}

function lookUp(id: string): string {
  return `{ node(id: "${id}") { __typename } }`
}

function lookUpMany(id: string): string {
  return `{ nodes(ids: ["${id}"]) { __typename } }`
}
