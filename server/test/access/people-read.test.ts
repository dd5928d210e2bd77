import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { peopleOfField } from '../../src/graphql/auth/people.ts'
import { schema } from '../../src/schema.ts'
import { bookingNumber, deliver, pastorAnna } from '../support/cal.ts'
import { asSuperuser } from '../support/database.ts'
import { addBooking, addSummary } from '../support/parish.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { openSocket } from '../support/sockets.ts'
import { addToken, askWithToken, type IssuedToken } from '../support/tokens.ts'

let church: RunningChurch
let token: IssuedToken
const low: string[] = []
let high = ''
let colleagues = ''

const clear = {
  sensitivity: 'Low',
  title: 'Care with Maria Santos',
  attendees: [{ name: 'Maria Santos', email: 'maria@example.org', timeZone: 'Europe/London' }],
} as const

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  const { deps, pastor, otherPastor } = church
  for (let at = 0; at < 3; at++) low.push(await addBooking(deps, pastor.viewer, { columns: clear }))
  high = await addBooking(deps, pastor.viewer, { columns: { ...clear, sensitivity: 'High' } })
  colleagues = await addBooking(deps, otherPastor.viewer, { columns: clear })
  await addSummary(deps, pastor.viewer, low[0] ?? '', 'Some words.', { participants: ['Maria'], sensitivity: 'Low' })
  token = await addToken(church, pastor, ['bookings:read', 'summaries:read', 'audit:read'])
})
afterAll(() => church.close())

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')

type Entry = Readonly<{ userId: string | null; resourceId: string | null; metadata: unknown }>

/** The entries that an operation adds, by owner. */
async function entriesOf(work: () => Promise<Answer | unknown>): Promise<Entry[]> {
  const find = () =>
    church.deps.database.auditLog.findMany({
      where: { action: 'people.read' },
      orderBy: { id: 'asc' },
      select: { userId: true, resourceId: true, metadata: true },
    })
  const before = (await find()).length
  await work()
  return (await find()).slice(before)
}

const entry = (owner: Person, reader: Person, bookings: number, more: Record<string, unknown> = {}) => ({
  userId: reader.userId,
  resourceId: owner.userId,
  metadata: { via: 'answer', bookings, ...more },
})

describe('an admin’s read of people in plaintext', () => {
  it.each([
    ['a list, answered by one statement', '{ bookings { nodes { title } } }'],
    ['a list that graphql-js answers', '{ bookings { nodes { title @skip(if: false) } } }'],
    ['edges', '{ bookings { edges { node { attendees { email } } } } }'],
    [
      'a fragment and an alias',
      'query { b: bookings { nodes { ...F } } } fragment F on Booking { a: attendees { n: name } }',
    ],
  ])('is logged once per pastor concerned, with the number of bookings: %s', async (_way, query) => {
    const { pastor, otherPastor, admin } = church
    const entries = await entriesOf(() => church.ask(admin, query))
    expect(entries).toHaveLength(2)
    expect(entries).toEqual(
      expect.arrayContaining([entry(pastor, admin, 3), entry(otherPastor, admin, 1, { bookingId: colleagues })]),
    )
  })

  it('is logged through node, nodes, relations and summaries too', async () => {
    const { pastor, admin } = church
    const one = entry(pastor, admin, 1, { bookingId: low[0] })
    const id = globalId('Booking', low[0] ?? '')
    for (const query of [
      `{ node(id: "${id}") { ... on Booking { title } } }`,
      `{ nodes(ids: ["${id}"]) { ... on Booking { attendees { name } } } }`,
      `{ booking(id: "${id}") { thread { title } } }`,
      `{ booking(id: "${id}") { contextSummaries { nodes { booking { title } } } } }`,
      `{ booking(id: "${id}") { contextSummaries { nodes { metadata { participants } } } } }`,
      `{ booking(id: "${id}") { contextSummaries { nodes { metadata { plainText } } } } }`,
    ]) {
      expect([query, await entriesOf(() => church.ask(admin, query))]).toEqual([query, [one]])
    }
  })

  it('is logged for a search that matches names, whatever fields it selects', async () => {
    const { pastor, otherPastor, admin } = church
    for (const query of [
      '{ bookings(filter: { search: "maria" }) { totalCount } }',
      '{ bookings(filter: { search: "maria" }) { nodes { id } } }',
      '{ bookings(filter: { or: [{ and: [{ search: "maria" }] }] }) { totalCount } }',
      '{ bookingStats(groupBy: [MONTH], filter: { search: "maria" }) { total { count } } }',
      '{ bookingStats(groupBy: [MONTH], filter: { or: [{ search: "maria" }] }) { groups { count } } }',
    ]) {
      const entries = await entriesOf(() => church.ask(admin, query))
      expect(entries.map(({ resourceId }) => resourceId).sort()).toEqual([pastor.userId, otherPastor.userId].sort())
    }
  })

  it('is not logged when the response names nobody', async () => {
    for (const query of [
      '{ bookings { totalCount nodes { id startTime status duration attendeeCount owner { id } } } }',
      '{ bookings { nodes { attendees { timeZone } } } }',
      '{ bookings(filter: { sensitivity: [HIGH] }) { nodes { title attendees { name } } } }',
      `{ booking(id: "${globalId('Booking', high)}") { title attendees { name } } }`,
      '{ bookings(filter: { search: "nobody is called that" }) { totalCount nodes { title } } }',
    ]) {
      expect([query, await entriesOf(() => church.ask(church.admin, query))]).toEqual([query, []])
    }
  })

  it('is shown to the pastor concerned in their own log, and to no other pastor', async () => {
    const query = '{ auditLogs(filter: { action: ["people.read"] }) { nodes { user { id } metadata } } }'
    await church.ask(church.admin, `{ booking(id: "${globalId('Booking', colleagues)}") { title } }`)
    const response = await church.ask(church.otherPastor, query)
    expect(response.text).toContain(colleagues)
    expect(response.text).not.toContain(low[0])
    expect((await church.ask(church.pastor, query)).text).not.toContain(colleagues)
  })
})

describe('an API token’s read of people', () => {
  it('is logged with the token, even for its own pastor’s people', async () => {
    const { pastor } = church
    const entries = await entriesOf(() => askWithToken(church, token, '{ bookings { nodes { title } } }'))
    expect(entries).toEqual([entry(pastor, pastor, 3, { tokenId: token.rowId })])
  })

  it('is logged for each subscription event before the event is sent', async () => {
    const { admin, pastor } = church
    const cursor = await church.ask<{ bookingCursor: string }>(admin, '{ bookingCursor }')
    const start = new Date('2026-01-20T09:00:00Z')
    const organizer = { ...pastorAnna, id: 1, name: 'Pastor Paul', email: pastor.email, username: pastor.username }
    const webhook = bookingWebhook(
      'BOOKING_CREATED',
      new Date('2026-01-10T09:00:00Z'),
      bookingNumber(1, { pastor: organizer, start }),
    )
    const id = (await deliver(church.deps, webhook)).bookingId ?? ''
    await church.deps.database.booking.updateMany({ where: { id }, data: clear })
    const { client } = await openSocket(church.url, admin)
    const events = client.iterate({
      query: 'subscription($after: String) { bookingChanged(after: $after) { booking { title isRedacted } } }',
      variables: { after: cursor.data?.bookingCursor },
    })
    const entries = await entriesOf(async () => {
      const { value } = await events.next()
      expect(value).toMatchObject({ data: { bookingChanged: { booking: { isRedacted: false } } } })
    })
    expect(entries).toEqual([entry(pastor, admin, 1, { via: 'event', bookingId: id })])
    await client.dispose()
  })

  it('is logged for each event that a search by name matches, whatever fields it selects', async () => {
    const { admin, pastor } = church
    const cursor = await church.ask<{ bookingCursor: string }>(admin, '{ bookingCursor }')
    const append = () =>
      church.deps.database
        .$queryRaw`SELECT append_booking_change(${pastor.userId}::uuid, ${low[0]}::uuid, 'updated')::text`
    await append()
    const { client } = await openSocket(church.url, admin)
    const query = `subscription($after: String) {
      bookingChanged(after: $after, where: { search: "maria" }) { bookingId }
    }`
    const events = client.iterate({ query, variables: { after: cursor.data?.bookingCursor } })
    const entries = await entriesOf(async () => {
      expect((await events.next()).value).toMatchObject({ data: { bookingChanged: { bookingId: expect.any(String) } } })
    })
    expect(entries).toEqual([entry(pastor, admin, 1, { via: 'event', bookingId: low[0] })])
    // A live event, which several subscribers may share.
    const live = await entriesOf(async () => {
      await append()
      await events.next()
    })
    expect(live).toEqual([entry(pastor, admin, 1, { via: 'event', bookingId: low[0] })])
    await client.dispose()
  })

  it('is logged with the endpoint before a webhook message that names people is posted', async () => {
    const { pastor, deps } = church
    const viewer = {
      kind: 'token',
      userId: pastor.userId,
      role: 'pastor',
      tokenId: token.rowId,
      scopes: new Set(['bookings:read'] as const),
    } as const
    const document = 'subscription { bookingChanged { booking { title } } }'
    const event = { ownerId: pastor.userId, number: 1n, bookingId: low[0], kind: 'updated', cursor: '' }
    const entries = await entriesOf(async () =>
      expect(await deps.documents.run(document, viewer, event)).toMatchObject({ kind: 'wanted' }),
    )
    expect(entries).toEqual([entry(pastor, pastor, 1, { via: 'webhook', bookingId: low[0], endpointId: token.rowId })])
  })
})

it('a pastor’s own reads add no such entry', async () => {
  expect(
    await entriesOf(() => church.ask(church.pastor, '{ bookings { nodes { title attendees { name } } } }')),
  ).toEqual([])
})

it('no name is returned when the audit log can’t be written', async () => {
  await asSuperuser(async (client) => {
    await client.query('BEGIN')
    await client.query('LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE')
    for (const query of ['{ bookings { nodes { title } } }', '{ bookings { nodes { title @skip(if: false) } } }']) {
      const { data, errors, text } = await church.ask(church.admin, query)
      expect([data, errors?.[0]?.extensions.code]).toEqual([null, 'AUDIT_UNAVAILABLE'])
      expect(text).not.toContain('Maria')
    }
    await client.query('ROLLBACK')
  }, church.databaseUrl)
})

/** Text fields that never name a meeting's participants, grouped by the reason. Adding a field requires a decision. */
const fieldsWithoutNames = new Set([
  // The event type's description, an IANA zone, and fields returned only to the owner's own session.
  'Booking.description',
  'Booking.redactedDescription',
  'Booking.eventTypeTitle',
  'Booking.timeZone',
  'Booking.calBookingUid',
  'Booking.location',
  'Attendee.timeZone',
])

it('every text of a booking, its people and its summaries is either logged when read or known to name nobody', () => {
  const undecided: string[] = []
  for (const name of ['Booking', 'Attendee', 'SummaryMetadata', 'BookingChange', 'BookingStatsGroup', 'FormResponse']) {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new Error(`there is no ${name}`)
    for (const field of Object.values(type.getFields())) {
      const isText = ['String', 'JSON'].includes(getNamedType(field.type).name)
      if (isText && peopleOfField(field) === null && !fieldsWithoutNames.has(`${name}.${field.name}`))
        undecided.push(`${name}.${field.name}`)
    }
  }
  expect(undecided).toEqual([
    'SummaryMetadata.location',
    'SummaryMetadata.model',
    'BookingChange.cursor',
    'BookingStatsGroup.eventTypeTitle',
    'BookingStatsGroup.periodLabel',
  ])
})
