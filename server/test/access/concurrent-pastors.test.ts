import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atOnce } from '../faults/support/traffic.ts'
import { addBooking, addFormResponse, addSummary } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { type OpenSocket, openSocket } from '../support/sockets.ts'

/** A pastor, the prefix of all their texts, and the IDs of their data as stored and as global IDs. */
type Side = Readonly<{
  person: Person
  word: string
  rowIds: readonly string[]
  globalIds: readonly string[]
}>

const bookingsEach = 6
const requestsEach = 100

let church: RunningChurch
let sides: readonly [Side, Side]
/** The same for both pastors: the IDs of both, interleaved. */
let variables: Readonly<{ ids: string[]; mine: string; theirs: string }>

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  sides = [await addData(church.pastor, 'hazelwood'), await addData(church.otherPastor, 'thornbush')]
  const [first, second] = sides
  variables = {
    ids: first.globalIds.flatMap((id, at) => [id, second.globalIds[at] ?? id]),
    mine: first.globalIds[0] ?? '',
    theirs: second.globalIds[0] ?? '',
  }
})
afterAll(() => church.close())

async function addData(person: Person, word: string): Promise<Side> {
  const { deps } = church
  const [rowIds, globalIds]: [string[], string[]] = [[], []]
  for (let number = 0; number < bookingsEach; number++) {
    const name = `${word}-attendee`
    const bookingId = await addBooking(deps, person, {
      intake: { notes: `${word}-notes`, answers: [{ slug: 'why', label: 'Why', values: [`${word}-answer`] }] },
      // The same times for both, so that a lookup by time matches the rows of both.
      columns: {
        title: `${word}-title`,
        startTime: new Date(Date.UTC(2026, 7, 4 + number, 9)),
        endTime: new Date(Date.UTC(2026, 7, 4 + number, 10)),
        attendees: [{ name, email: `${name}@example.org`, timeZone: null }],
      },
    })
    const summaryId = await addSummary(deps, person, bookingId, `${word}-summary`, { topic: `${word}-topic` })
    const answers = [{ slug: 'why', label: 'Why', values: [`${word}-form-answer`] }]
    const responseId = await addFormResponse(deps, person, bookingId, answers)
    rowIds.push(bookingId, summaryId, responseId)
    globalIds.push(globalId('Booking', bookingId), globalId('ContextSummary', summaryId))
    globalIds.push(globalId('FormResponse', responseId))
  }
  return { person, word, rowIds, globalIds }
}

const opened = `
  fragment Opened on Booking {
    id title attendees { name email }
    intake { notes answers { values } attendees { name } }
    formResponses(first: 2) { nodes { id answers { values } booking { id title } } }
    contextSummaries(first: 2) { nodes { id metadata { topic } content { text } booking { id title } } }
  }`

type Document = Readonly<{ query: string; parts: readonly string[] }>

const every = ['notes', 'answer', 'title', 'attendee', 'summary', 'topic', 'form-answer']

/** The identical documents that both pastors send, and the texts that each must get back. */
const documents: readonly Document[] = [
  {
    parts: every,
    query: `query { bookings(first: 20) { totalCount nodes { ...Opened } } } ${opened}`,
  },
  {
    parts: ['notes', 'title', 'summary', 'topic', 'form-answer'],
    query: `query($ids: [ID!]!) { nodes(ids: $ids) {
    id
    ... on Booking { title intake { notes } }
    ... on ContextSummary { content { text } metadata { topic } booking { id title } }
    ... on FormResponse { answers { values } booking { id title } }
  } }`,
  },
  {
    parts: every,
    query: `query($mine: ID!, $theirs: ID!) {
    a: booking(id: $mine) { ...Opened }
    b: booking(id: $theirs) { ...Opened }
    c: node(id: $mine) { ...Opened }
    d: node(id: $theirs) { ...Opened }
    e: bookings(first: 3) { nodes { id s: contextSummaries { nodes { t: content { u: text } } } } }
    f: bookings(last: 3) { nodes { id s: contextSummaries { nodes { t: content { u: text } } } } }
  } ${opened}`,
  },
  {
    parts: [],
    query: `query { auditLogs(first: 50) { nodes { id resourceId booking { id title } user { id email } } }
    viewer { id email name } mySessions { nodes { id } } }`,
  },
]

/** The other pastor's data in a response. Even an error doesn't repeat a requested ID. */
function foreignDataIn(answer: string, other: Side): string[] {
  return [other.word, ...other.rowIds, ...other.globalIds, other.person.email, other.person.userId].filter((text) =>
    answer.includes(text),
  )
}

/** Own data missing from a response: a loader that runs with another viewer returns an error or nothing. */
function missingIn(answer: string, { word, person }: Side, parts: readonly string[]): string[] {
  const expected = parts.length === 0 ? [person.email] : parts.map((part) => `${word}-${part}`)
  return expected.filter((text) => !answer.includes(text))
}

// Fails with one `memo` for all operations (graphql/yoga.ts), with a batched reader that maps results by position
// instead of by key, and with `bookings` not filtered by viewer.
describe('concurrent requests of two pastors with the same documents and variables', () => {
  it(`never mix over HTTP, ${requestsEach * 2} of them interleaved`, { timeout: 120_000 }, async () => {
    const rounds = Array.from({ length: requestsEach }, (_, round) => round)
    const found: string[] = []
    // Each lane serves both pastors, so that every request runs next to requests of both.
    await atOnce(8, rounds, async (round) => {
      const answered = sides.map(async (own, at) => {
        const { query, parts } = documentOf(round)
        const { text } = await church.ask(own.person, query, used(query))
        found.push(...missingIn(text, own, parts), ...foreignDataIn(text, sides[1 - at] ?? own))
      })
      await Promise.all(answered)
    })
    expect(found).toEqual([])
  })

  it('never mix over one socket each, with queries and live changes', { timeout: 120_000 }, async () => {
    const sockets = await Promise.all(sides.map(({ person }) => openSocket(church.url, person)))
    const cursors = await Promise.all(sides.map(({ person }) => cursorOf(person)))
    const live = Promise.all(sockets.map(({ client }, at) => follow(client, cursors[at] ?? '')))
    const found: string[] = []
    const rounds = Array.from({ length: requestsEach / 2 }, (_, round) => round)
    const asked = atOnce(8, rounds, async (round) => {
      const answered = sides.map(async (own, at) => {
        const { query, parts } = documentOf(round)
        const results = sockets[at]?.client.iterate({ query, variables: used(query) }) ?? []
        const text = JSON.stringify(await Array.fromAsync(results))
        found.push(...missingIn(text, own, parts), ...foreignDataIn(text, sides[1 - at] ?? own))
      })
      await Promise.all(answered)
    })
    for (let number = 0; number < bookingsEach; number++) {
      for (const { person, rowIds } of sides) {
        await church.deps.database
          .$queryRaw`SELECT append_booking_change(${person.userId}::uuid, ${rowIds[number * 3]}::uuid, 'updated')`
      }
    }
    await asked
    const received = await live
    for (const { client } of sockets) await client.dispose()
    sides.forEach((own, at) => {
      const texts = received[at] ?? []
      expect(texts).toHaveLength(bookingsEach)
      for (const text of texts) {
        found.push(...missingIn(text, own, every), ...foreignDataIn(text, sides[1 - at] ?? own))
      }
    })
    expect(found).toEqual([])
  })
})

async function cursorOf(person: Person): Promise<string> {
  const { data } = await church.ask<{ bookingCursor: string }>(person, '{ bookingCursor }')
  return data?.bookingCursor ?? ''
}

/** The texts of a pastor's changes after the cursor, until each booking has had one. */
async function follow(client: OpenSocket['client'], after: string): Promise<string[]> {
  const query = `subscription($after: String) { bookingChanged(after: $after) { bookingId booking { ...Opened } } } ${opened}`
  const received: string[] = []
  for await (const change of client.iterate({ query, variables: { after } })) {
    received.push(JSON.stringify(change))
    if (received.length === bookingsEach) break
  }
  return received
}

function documentOf(round: number): Document {
  return documents[round % documents.length] ?? { query: '', parts: [] }
}

/** The variables that a document declares; GraphQL rejects others. */
function used(document: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => document.includes(`$${name}:`)))
}

function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}
