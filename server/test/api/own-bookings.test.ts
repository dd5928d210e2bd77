import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import type { Scope } from '../../src/core/access/scopes.ts'
import { bookingNumber, deliver, pastorAnna } from '../support/cal.ts'
import { addSummary } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let bookingId: string
let id: string
let number = 100

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())
beforeEach(async () => {
  number += 1
  const { email, username } = church.pastor
  const pastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email, username }
  const start = new Date('2026-01-20T09:00:00Z')
  const webhook = bookingWebhook(
    'BOOKING_CREATED',
    new Date('2026-01-10T09:00:00Z'),
    bookingNumber(number, { pastor, start }),
  )
  bookingId = (await deliver(church.deps, webhook)).bookingId ?? ''
  id = globalId('Booking', bookingId)
})

const globalId = (typename: string, rowId: string) => Buffer.from(`${typename}:${rowId}`).toString('base64')
const codeOf = ({ errors }: { errors: readonly { extensions: Record<string, unknown> }[] | undefined }) =>
  errors?.[0]?.extensions.code

const mutations = {
  anonymity: `mutation($id: ID!) {
    setBookingAnonymity(input: { bookingId: $id, isAnonymous: true }) { booking { isAnonymous title attendees { name } } }
  }`,
  outcome: `mutation($id: ID!) {
    recordMeetingOutcome(input: { bookingId: $id, outcome: COMPLETED }) { booking { status } }
  }`,
  handOver: `mutation($id: ID!, $to: ID!) {
    handOverBooking(input: { bookingId: $id, toUserId: $to }) { bookingId }
  }`,
  deleteSummary: 'mutation($id: ID!) { deleteContextSummary(input: { id: $id }) { booking { id } } }',
} as const

const to = () => globalId('User', church.otherPastor.userId)

describe('a pastor, over HTTP,', () => {
  it('makes a booking anonymous, and records the meeting’s outcome', async () => {
    const created = await church.ask(church.pastor, mutations.anonymity, { id })
    expect(created.data).toEqual({
      setBookingAnonymity: { booking: { isAnonymous: true, title: 'Care Talk', attendees: null } },
    })
    const ended = await church.ask(church.pastor, mutations.outcome, { id })
    expect(ended.data).toEqual({ recordMeetingOutcome: { booking: { status: 'COMPLETED' } } })
  })

  it('sees the names of colleagues who can take over a booking, and nothing else of them', async () => {
    const { data, text } = await church.ask(church.pastor, '{ colleagues { id name } }')
    expect(data).toEqual({ colleagues: [{ id: to(), name: 'Pastor Lydia' }] })
    expect(text).not.toMatch(/@|Ada/)
    expect(codeOf(await church.ask(church.admin, '{ colleagues { name } }'))).toBe('FORBIDDEN')
    expect(codeOf(await church.ask(null, '{ colleagues { name } }'))).toBe('UNAUTHENTICATED')
  })

  it('hands a booking over: within a second it leaves the own lists and appears in the other’s', async () => {
    const follow = async (person: Person) => {
      // From this cursor on nothing is missed, however late the stream starts.
      const { data: now } = await church.ask<{ bookingCursor: string }>(person, '{ bookingCursor }')
      const { client } = await openSocket(church.url, person)
      const changes = client.iterate<{ bookingChanged: { kind: string; bookingId: string; booking: object | null } }>({
        query: 'subscription($after: String) { bookingChanged(after: $after) { kind bookingId booking { id } } }',
        variables: { after: now?.bookingCursor },
      })
      return { next: changes.next(), stop: () => client.dispose() }
    }
    const [own, theirs] = [await follow(church.pastor), await follow(church.otherPastor)]
    const { data } = await church.ask(church.pastor, mutations.handOver, { id, to: to() })
    const committed = Date.now()
    expect(data).toEqual({ handOverBooking: { bookingId: id } })
    const [removed, created] = await Promise.all([own.next, theirs.next])
    expect(Date.now() - committed).toBeLessThan(1_000)
    expect(removed.value?.data?.bookingChanged).toEqual({ kind: 'REMOVED', bookingId: id, booking: null })
    expect(created.value?.data?.bookingChanged).toEqual({ kind: 'CREATED', bookingId: id, booking: { id } })
    await Promise.all([own.stop(), theirs.stop()])

    const opening = 'query($id: ID!) { booking(id: $id) { intake { notes attendees { name } } } }'
    const denied = await church.ask(church.pastor, opening, { id })
    const missing = await church.ask(church.pastor, opening, { id: globalId('Booking', crypto.randomUUID()) })
    expect(denied.text).toBe(missing.text)
    expect((await church.ask(church.otherPastor, opening, { id })).data).toMatchObject({
      booking: { intake: { notes: 'I would like to talk about prayer.', attendees: [{ name: 'Maria Santos' }] } },
    })
    const log = `{ auditLogs(filter: { action: ["booking.handed_over"], bookingId: "${id}" }) { nodes { user { name } } } }`
    for (const person of [church.pastor, church.otherPastor, church.admin]) {
      expect((await church.ask(person, log)).data).toEqual({
        auditLogs: { nodes: [{ user: { name: 'Pastor Paul' } }] },
      })
    }
  })

  it('lists summaries by booking and time, and deletes one, which is logged', async () => {
    const summaryId = await addSummary(church.deps, church.pastor, bookingId, 'Maria comes about prayer.')
    await addSummary(church.deps, church.otherPastor, bookingId, 'Sealed for somebody else.')
    const list = (person: Person, filter: string) =>
      church.ask<{ contextSummaries: { totalCount: number; nodes: { id: string }[] } }>(
        person,
        `{ contextSummaries(filter: ${filter}) { totalCount nodes { id metadata { topic participants } } } }`,
      )
    const own = await list(church.pastor, `{ bookingId: ["${id}"], createdAt: { from: "2020-01-01T00:00:00Z" } }`)
    expect(own.data?.contextSummaries.totalCount).toBe(2)
    const past = await list(church.pastor, `{ bookingId: ["${id}"], createdAt: { to: "2020-01-01T00:00:00Z" } }`)
    expect(past.data?.contextSummaries).toEqual({ totalCount: 0, nodes: [] })
    expect((await list(church.otherPastor, `{ bookingId: ["${id}"] }`)).data?.contextSummaries.nodes).toEqual([])
    const redacted = await list(church.admin, `{ bookingId: ["${id}"] }`)
    expect(redacted.data?.contextSummaries.nodes).toHaveLength(2)
    expect(redacted.text).not.toContain('Maria')

    const deletion = { id: globalId('ContextSummary', summaryId) }
    for (const person of [church.otherPastor, church.admin]) {
      expect(codeOf(await church.ask(person, mutations.deleteSummary, deletion))).toBe('NOT_FOUND')
    }
    const changes = () => church.deps.database.bookingChange.count({ where: { bookingId, kind: 'updated' } })
    const before = await changes()
    const deleted = await church.ask(church.pastor, mutations.deleteSummary, deletion)
    expect(deleted.data).toEqual({ deleteContextSummary: { booking: { id } } })
    expect(await changes()).toBe(before + 1)
    const where = { action: 'summary.purged', resourceId: summaryId }
    expect(await church.deps.database.auditLog.findMany({ where })).toMatchObject([
      { userId: church.pastor.userId, bookingId, metadata: { reason: 'requested' } },
    ])
    expect(codeOf(await church.ask(church.pastor, mutations.deleteSummary, deletion))).toBe('NOT_FOUND')
  })

  it('gets statistics with the pastor of each group', async () => {
    const { data } = await church.ask(
      church.admin,
      `{ bookingStats(groupBy: [OWNER, MONTH], timeZone: "Europe/Berlin", filter: { ids: ["${id}"] }) {
        groups { status ownerId owner { name } periodStart periodLabel count minutes } total { count minutes } isPartial } }`,
    )
    const group = {
      status: null,
      ownerId: globalId('User', church.pastor.userId),
      owner: { name: 'Pastor Paul' },
      periodStart: '2025-12-31T23:00:00.000Z',
      periodLabel: '2026-01-01',
      count: 1,
      minutes: 45,
    }
    expect(data).toEqual({ bookingStats: { groups: [group], total: { count: 1, minutes: 45 }, isPartial: false } })
  })
})

describe('a pastor’s API token', () => {
  const ask = async (scopes: readonly Scope[], query: string, variables: Record<string, unknown> = {}) =>
    askWithToken(church, await addToken(church, church.pastor, scopes), query, variables)

  it('can hide a booking, but not hand it over or delete its summary', async () => {
    const write: Scope[] = ['bookings:read', 'bookings:write']
    expect((await ask(write, mutations.anonymity, { id })).data).toMatchObject({ setBookingAnonymity: {} })
    const showMutation = mutations.anonymity.replace('true', 'false')
    expect(codeOf(await ask(write, showMutation, { id }))).toBe('FORBIDDEN')
    expect(codeOf(await ask(write, mutations.handOver, { id, to: to() }))).toBe('FORBIDDEN')
    const summaryId = await addSummary(church.deps, church.pastor, bookingId, 'Words.')
    const deletion = { id: globalId('ContextSummary', summaryId) }
    expect(codeOf(await ask([...write, 'summaries:read'], mutations.deleteSummary, deletion))).toBe('FORBIDDEN')
    expect(codeOf(await ask(['bookings:read'], mutations.anonymity, { id }))).toBe('FORBIDDEN')
  })

  it('can count without reading, and errors name the missing scope', async () => {
    const stats = `{ bookingStats(groupBy: [MONTH], filter: { startTime: { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" } }) {
      groups { periodLabel count } total { count } isPartial } }`
    const { data } = await ask(['count-only'], stats)
    expect(data).toMatchObject({ bookingStats: { isPartial: true } })
    const refused = await ask(['summaries:read'], stats)
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      missingScope: ['bookings:read', 'count-only'],
    })
    const statsQuery = '{ bookingStats(groupBy: [MONTH], filter: { search: "Maria" }) { isPartial } }'
    expect((await ask(['count-only'], statsQuery)).errors?.[0]?.extensions).toMatchObject({ field: 'filter.search' })
  })
})

describe('a filter', () => {
  it.each([
    ['status', `[${Array.from({ length: 101 }, () => 'PENDING').join()}]`],
    ['ids', `[${Array.from({ length: 101 }, () => `"${globalId('Booking', 'x')}"`).join()}]`],
    ['eventTypeId', `[${Array.from({ length: 101 }, (_, at) => at).join()}]`],
    ['ids', `["${globalId('Booking', 'no-uuid')}"]`],
    ['ownerId', `"${globalId('User', 'no-uuid')}"`],
  ])('by %s that is too long, or no ID, is rejected before the database is queried', async (field, value) => {
    for (const list of [
      `bookings(filter: { ${field}: ${value} }) { totalCount }`,
      `bookingStats(groupBy: [STATUS], filter: { ${field}: ${value} }) { isPartial }`,
    ]) {
      const { errors } = await church.ask(church.pastor, `{ ${list} }`)
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: `filter.${field}` })
    }
  })
})
