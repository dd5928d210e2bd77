import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../src/platform/ids.ts'
import { schema } from '../src/schema.ts'
import { addBooking, addFormResponse, addSummary } from './parish.ts'
import { type Person, type RunningChurch, startChurch } from './running-church.ts'
import { documentOf, pathsOf, type SchemaPath } from './schema-paths.ts'

/** Words that only the owner may see, each in a place of its own. */
const words = {
  notes: 'canary-notes-kestrel',
  answer: 'canary-answer-plover',
  summary: 'canary-summary-dunlin',
  formAnswer: 'canary-form-answer-turnstone',
  title: 'canary-title-avocet',
  attendee: 'canary-attendee-godwit',
  participant: 'canary-participant-knot',
  topic: 'canary-topic-whimbrel',
  location: 'canary-location-curlew',
  description: 'canary-description-lapwing',
} as const

const depth = 6
/** `nodes` resolves what `node` does: a shorter way through it is enough to see that its rules hold too. */
const paths = pathsOf(schema, depth).filter(({ root, steps }) => root !== 'nodes' || steps.length <= 4)
const pathsPerDocument = 6

let church: RunningChurch
const ids: Record<string, string> = {}

beforeAll(async () => {
  church = await startChurch({ works: false })
  const { deps, pastor } = church
  const bookingId = await addBooking(deps, pastor, {
    intake: {
      notes: words.notes,
      answers: [{ slug: 'why', label: 'Why', values: [words.answer] }],
      attendees: [{ name: words.attendee, email: `${words.attendee}@example.org`, timeZone: null }],
    },
    columns: {
      title: words.title,
      description: words.description,
      location: words.location,
      sensitivity: 'Medium',
      calBookingUid: 'canary-uid-sanderling',
      attendees: [{ name: words.attendee, email: `${words.attendee}@example.org`, timeZone: null }],
      attendeeNames: [words.attendee],
      attendeeEmails: [`${words.attendee}@example.org`],
    },
  })
  const responseId = await addFormResponse(deps, pastor, bookingId, [
    { slug: 'why', label: 'Why', values: [words.formAnswer] },
  ])
  const summaryId = await addSummary(deps, pastor, bookingId, words.summary, {
    topic: words.topic,
    participants: [words.participant],
    plainText: words.topic,
  })
  Object.assign(ids, {
    Booking: bookingId,
    FormResponse: responseId,
    ContextSummary: summaryId,
    User: pastor.userId,
    Form: (await deps.database.formResponse.findUniqueOrThrow({ where: { id: responseId } })).formId,
    AuditLog: (await deps.database.auditLog.findFirstOrThrow({ where: { userId: pastor.userId } })).id,
    WebhookDelivery: await addDelivery(church),
  })
  // What the owner has opened is in the log, so that paths through the log have something to lead to.
  await church.ask(
    pastor,
    `{ node(id: "${globalId('ContextSummary', summaryId)}") { ... on ContextSummary { content { text } } } }`,
  )
})
afterAll(() => church.close())

describe(`every path of the schema up to depth ${depth}`, { timeout: 240_000 }, () => {
  it('leads the owner to every word, so that the walk below walks where the words are', async () => {
    const seen = await walk(church.pastor)
    expect(Object.values(words).filter((word) => !seen.includes(word))).toEqual([])
  })

  it('shows another pastor not one of them', async () => {
    expect(wordsIn(await walk(church.otherPastor))).toEqual([])
  })

  it('shows an admin not one of them', async () => {
    expect(wordsIn(await walk(church.admin))).toEqual([])
  })

  it('shows a signed-out visitor not one of them', async () => {
    expect(wordsIn(await walk(null))).toEqual([])
  })

  it('shows a deactivated pastor not one of them', async () => {
    const leaving = await church.addPerson('pastor', 'Pastor Demas', 4)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: leaving.userId },
    })
    await church.deps.database.user.update({ where: { id: leaving.userId }, data: { isActive: false } })
    const seen = await walk(leaving)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: church.pastor.userId },
    })
    expect(wordsIn(seen)).toEqual([])
  })

  it('opens nothing for a pastor to whom a row was moved by hand, nor for whom it was taken from', async () => {
    const thief = await church.addPerson('pastor', 'Pastor Gehazi', 5)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: thief.userId },
    })
    const before = await walk(church.pastor)
    const seen = await walk(thief)
    await church.deps.database.booking.updateMany({
      where: { id: idOf('Booking') },
      data: { userId: church.pastor.userId },
    })
    // To whom it belonged before it is another pastor's now.
    expect(wordsIn(before)).toEqual([])
    const sealed = [words.notes, words.answer, words.summary, words.formAnswer]
    expect(sealed.filter((word) => seen.includes(word))).toEqual([])
    expect(seen).toContain('UNREADABLE')
  })
})

describe('what is another pastor’s', () => {
  it.each(['Booking', 'FormResponse', 'ContextSummary', 'Form', 'User', 'AuditLog', 'WebhookDelivery'])(
    'gets the same answer as what does not exist, to the byte: %s',
    async (typename) => {
      const nobodys = newId()
      for (const document of [lookUp, lookUpMany]) {
        const theirs = await church.ask(church.otherPastor, document(globalId(typename, idOf(typename))))
        const none = await church.ask(church.otherPastor, document(globalId(typename, nobodys)))
        expect(theirs.text).toBe(none.text)
        expect(theirs.status).toBe(none.status)
        expect(theirs.text).toContain('NOT_FOUND')
      }
    },
  )

  it('gets it from booking(id:) too', async () => {
    const ask = (id: string) =>
      church.ask(church.otherPastor, `{ booking(id: "${globalId('Booking', id)}") { intake { notes } } }`)
    expect((await ask(idOf('Booking'))).text).toBe((await ask(newId())).text)
  })

  it('can’t be found by paging from it: its cursor is as unknown as one of nothing', async () => {
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
      const none = await church.ask(church.otherPastor, document(cursorOf(newId())))
      expect(theirs.text).toBe(none.text)
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

  it('leaves the attempt at an intake on record too, by whichever door', async () => {
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

  it('leaves the attempt on record, where its owner sees it', async () => {
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

  it('is refused to an admin with FORBIDDEN, on record', async () => {
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

/** The text of every answer along every path, in one: some paths to a document, each under an alias of its own. */
async function walk(person: Person | null): Promise<string> {
  const selections = paths.flatMap((path) => startsOf(path).map((id) => selectionOf(path, id)))
  const documents = chunksOf(selections, pathsPerDocument).map(
    (chunk) => `{ ${chunk.map((selection, index) => `path${index}: ${selection}`).join('\n')} }`,
  )
  const answers: string[] = []
  for (const document of documents) answers.push((await church.ask(person, document)).text)
  return answers.join('\n')
}

/** The ids that a path can start from: of the type that it goes through, where it starts at `node` or `nodes`. */
function startsOf(path: SchemaPath): string[] {
  if (path.root !== 'node' && path.root !== 'nodes') return [globalId('Booking', idOf('Booking'))]
  const typename = path.steps[1]?.replace('... on ', '') ?? ''
  return typename in ids ? [globalId(typename, idOf(typename))] : []
}

function selectionOf(path: SchemaPath, id: string): string {
  return documentOf(schema, path, {
    'Query.node(id)': `"${id}"`,
    'Query.nodes(ids)': `["${id}"]`,
    'Query.booking(id)': `"${id}"`,
  })
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

function idOf(typename: string): string {
  const id = ids[typename]
  if (id === undefined) throw new Error(`the test made no ${typename}`)
  return id
}

function wordsIn(text: string): string[] {
  return [...Object.values(words), 'canary'].filter((word) => text.includes(word))
}

function lookUp(id: string): string {
  return `{ node(id: "${id}") { __typename } }`
}

function lookUpMany(id: string): string {
  return `{ nodes(ids: ["${id}"]) { __typename } }`
}

function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

async function addDelivery({ deps }: RunningChurch): Promise<string> {
  const id = newId()
  await deps.database.webhookDelivery.create({
    data: {
      id,
      digest: id.replaceAll('-', '').padEnd(64, '0'),
      trigger: 'PING',
      outcome: 'ping',
      organizer: 'some-organizer',
    },
  })
  return id
}
