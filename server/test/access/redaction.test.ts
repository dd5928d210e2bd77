import { type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { setBookingAnonymity } from '../../src/features/bookings/commands/set-booking-anonymity.ts'
import { setBookingSensitivity } from '../../src/features/bookings/commands/set-booking-sensitivity.ts'
import { generateSummary } from '../../src/features/summaries/generate/generate-summary.ts'
import { newId } from '../../src/platform/ids.ts'
import { schema } from '../../src/schema.ts'
import { bookingNumber, deliver, pastorAnna, pastoralCare } from '../support/cal.ts'
import { testOrigin } from '../support/parish.ts'
import { type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken, type IssuedToken } from '../support/tokens.ts'

/** The redaction level of a booking: its sensitivity, or anonymous at the lowest one. */
const levels = ['Low', 'Medium', 'High', 'anonymous'] as const
type Level = (typeof levels)[number]

/** A field's value for the owner, by level, and for viewers who see the booking redacted. */
type Redacted = Readonly<{ owner: Readonly<Record<Level, unknown>>; others: unknown }>

/**
 * The class of a field:
 * - `shown`: everyone who can see the row gets the same value as its owner.
 * - `owned`: null for everyone else.
 * - `personal`: null for everyone else, and refused to tokens.
 * - `sealed`: refused to everyone else, and logged.
 * - `linked`: leads to rows that have their own rules.
 * - an object: redacted.
 */
type Class = 'shown' | 'owned' | 'personal' | 'sealed' | 'linked' | Redacted

const hiddenIfHigh = (clear: unknown, hidden: unknown): Redacted['owner'] => ({
  Low: clear,
  Medium: clear,
  High: hidden,
  anonymous: hidden,
})

const maria = { name: 'Maria Santos', email: 'maria.santos@people.example', timeZone: 'Europe/Berlin' }
const shownTime = 'Tuesday 1 September at 11:00, 45 minutes.'

/** A field that is missing here fails the test, so a new field needs a decision on who sees it. */
const classes: Readonly<Record<string, Readonly<Record<string, Class>>>> = {
  Booking: {
    id: 'shown',
    title: { owner: hiddenIfHigh('Care Talk between Pastor Paul and Maria Santos', 'Care Talk'), others: 'Care Talk' },
    description: { owner: hiddenIfHigh(pastoralCare.description, null), others: null },
    redactedDescription: 'shown',
    calBookingUid: 'owned',
    startTime: 'shown',
    endTime: 'shown',
    timeZone: { owner: hiddenIfHigh('Europe/Berlin', 'Europe/Berlin'), others: null },
    duration: 'shown',
    location: 'owned',
    status: 'shown',
    sensitivity: 'shown',
    isAnonymous: 'shown',
    isEndTimeCorrected: 'shown',
    isRedacted: { owner: hiddenIfHigh(false, false), others: true },
    eventTypeId: 'shown',
    eventTypeTitle: 'shown',
    attendees: { owner: hiddenIfHigh([maria], null), others: null },
    attendeeCount: 'shown',
    owner: 'linked',
    hasIntake: 'shown',
    intake: 'sealed',
    thread: 'linked',
    formResponses: 'linked',
    contextSummaries: 'linked',
    auditLogs: 'linked',
    createdAt: 'shown',
    updatedAt: 'shown',
  },
  FormResponse: {
    id: 'shown',
    form: 'linked',
    booking: 'linked',
    createdAt: 'shown',
    answeredCount: 'shown',
    answers: 'sealed',
  },
  ContextSummary: {
    id: 'shown',
    booking: 'linked',
    metadata: 'linked',
    expiresAt: 'shown',
    createdAt: 'shown',
    feedback: 'personal',
    content: 'sealed',
  },
  // Reached through ContextSummary.metadata.
  SummaryMetadata: {
    topic: {
      owner: { ...hiddenIfHigh('Care Talk', 'Private'), Low: 'Care Talk between Pastor Paul and Maria Santos' },
      others: 'Care Talk',
    },
    participants: { owner: { ...hiddenIfHigh(['Maria'], ['1 person']), Low: ['Maria Santos'] }, others: [] },
    sensitivity: 'shown',
    location: 'shown',
    when: 'shown',
    duration: 'shown',
    plainText: {
      owner: { ...hiddenIfHigh(shownTime, shownTime), Low: `Maria Santos: Care Talk. ${shownTime}` },
      others: 'Care Talk, 45 minutes.',
    },
    generatedAt: 'shown',
    method: 'shown',
    provider: 'shown',
    model: 'shown',
    fallbackReason: 'shown',
  },
}

const rowTypes = ['Booking', 'FormResponse', 'ContextSummary'] as const
type RowType = (typeof rowTypes)[number]

let church: RunningChurch
let ofOwner: IssuedToken
let ofAdmin: IssuedToken
const rows = new Map<Level, Readonly<Record<RowType, string>>>()

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  for (const [at, level] of levels.entries()) rows.set(level, await addRows(level, 300 + at))
  const scopes = [
    'bookings:read',
    'summaries:read',
    'forms:read',
    'users:read',
    'audit:read',
    'bookings:write',
  ] as const
  ofOwner = await addToken(church, church.pastor, scopes)
  ofAdmin = await addToken(church, church.admin, scopes)
})
afterAll(() => church.close())

/** A booking as Cal.com delivers it, at a level, with its form response and summary. */
async function addRows(level: Level, number: number): Promise<Record<RowType, string>> {
  const { deps, pastor: owner } = church
  const { email, username } = owner
  const pastor = { ...pastorAnna, id: 1, name: 'Pastor Paul', email, username }
  const webhook = bookingWebhook('BOOKING_CREATED', new Date('2026-08-20T08:00:00Z'), bookingNumber(number, { pastor }))
  const bookingId = (await deliver(deps, webhook)).bookingId ?? ''
  const sensitivity = level === 'anonymous' ? 'Low' : level
  await setBookingSensitivity(deps, owner.viewer, testOrigin, { bookingId, sensitivity })
  if (level === 'anonymous') await setBookingAnonymity(deps, owner.viewer, testOrigin, { bookingId, isAnonymous: true })
  const summaryId = newId()
  await generateSummary(deps, { bookingId, summaryId })
  const summary = Buffer.from(`ContextSummary:${summaryId}`).toString('base64')
  const feedback = `mutation { giveSummaryFeedback(input: { id: "${summary}", verdict: USEFUL }) { summary { id } } }`
  expect((await church.ask(owner, feedback)).errors).toBeUndefined()
  const response = await deps.database.formResponse.findFirstOrThrow({ where: { bookingId } })
  return { Booking: bookingId, FormResponse: response.id, ContextSummary: summaryId }
}

type Ask = (query: string) => ReturnType<RunningChurch['ask']>
const asOwner: Ask = (query) => church.ask(church.pastor, query)
const others: readonly (readonly [string, Ask])[] = [
  ['an admin', (query) => church.ask(church.admin, query)],
  ['the owner’s token', (query) => askWithToken(church, ofOwner, query)],
  ['an admin’s token', (query) => askWithToken(church, ofAdmin, query)],
]

function typeOf(name: string): GraphQLObjectType {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`${name} is no type of the schema`)
  return type
}

/** A field with all its subfields, or only the presence of related rows. */
function selectionOf(type: GraphQLObjectType, name: string): string {
  const target = getNamedType(type.getFields()[name]?.type)
  if (!isObjectType(target)) return name
  if ('pageInfo' in target.getFields()) return `${name} { nodes { id } }`
  const leaves = Object.values(target.getFields()).flatMap((field) => {
    const fieldType = getNamedType(field.type)
    if (isLeafType(fieldType)) return [field.name]
    return isObjectType(fieldType) && !('id' in fieldType.getFields()) ? [selectionOf(target, field.name)] : []
  })
  return `${name} { ${'id' in target.getFields() ? 'id' : leaves.join(' ')} }`
}

/** All fields of a row in one document. */
function lookUp(level: Level, typename: string): string {
  const isMetadata = typename === 'SummaryMetadata'
  const rowType = isMetadata ? 'ContextSummary' : (typename as RowType) // these are the only classes
  const names = Object.keys(classes[typename] ?? {})
  const selection = names.map((name) => selectionOf(typeOf(typename), name)).join(' ')
  const id = Buffer.from(`${rowType}:${rows.get(level)?.[rowType]}`).toString('base64')
  return `{ node(id: "${id}") { ... on ${rowType} { ${isMetadata ? `metadata { ${selection} }` : selection} } } }`
}

/** Each field's value for a viewer, or its error code. */
async function valuesFor(ask: Ask, level: Level): Promise<{ values: Map<string, unknown>; text: string }> {
  const values = new Map<string, unknown>()
  const texts: string[] = []
  for (const typename of Object.keys(classes)) {
    const { data, errors = [], text } = await ask(lookUp(level, typename))
    texts.push(text)
    const node = (data as { node: Record<string, unknown> }).node // exactly the requested rows
    const row = (typename === 'SummaryMetadata' ? node.metadata : node) as Record<string, unknown> // an object
    for (const [name, value] of Object.entries(row)) values.set(`${typename}.${name}`, value)
    for (const { path, extensions } of errors) values.set(`${typename}.${path?.[1]}`, extensions.code)
  }
  return { values, text: texts.join('\n') }
}

const fields = Object.entries(classes).flatMap(([typename, ofType]) =>
  Object.entries(ofType).map(([name, fieldClass]) => [`${typename}.${name}`, fieldClass] as const),
)

it.each(Object.keys(classes))('every field of %s has a class', (typename) => {
  expect(Object.keys(classes[typename] ?? {}).sort()).toEqual(Object.keys(typeOf(typename).getFields()).sort())
})

describe.each(levels)('a booking at %s', (level) => {
  let own: Map<string, unknown>
  beforeAll(async () => {
    own = (await valuesFor(asOwner, level)).values
  })

  it.each(fields)('shows its owner %s as its class allows', (path, fieldClass) => {
    const value = own.get(path)
    if (typeof fieldClass === 'object') expect(value).toEqual(fieldClass.owner[level])
    else if (fieldClass === 'sealed') expect(JSON.stringify(value)).toMatch(/Maria|From a friend/)
    else if (fieldClass === 'owned' || fieldClass === 'personal') expect(value).toEqual(expect.any(String))
    else expect(value).toBeDefined()
  })

  it.each(others)('shows %s each field only as its class allows', async (reader, ask) => {
    const { values, text } = await valuesFor(ask, level)
    const expected = fields.map(([path, fieldClass]): [string, unknown] => {
      if (fieldClass === 'sealed') return [path, 'FORBIDDEN']
      if (fieldClass === 'personal' && reader.endsWith('token')) return [path, 'FORBIDDEN']
      if (fieldClass === 'owned' || fieldClass === 'personal') return [path, null]
      // A booking at Low is redacted for nobody.
      return [path, typeof fieldClass === 'object' && level !== 'Low' ? fieldClass.others : own.get(path)]
    })
    // Links are compared as well: the same rows, by ID.
    expect(Object.fromEntries(values)).toEqual(
      Object.fromEntries(expected.map(([path, value]) => [path, linkedAs(path, value, values)])),
    )
    // Independent of field names, no participant and no free text appears.
    expect(text).not.toMatch(/prayer|From a friend|video\/uid|uid-30/)
    if (level !== 'Low') expect(text).not.toMatch(/Maria|Santos|people\.example|Europe\/Berlin/)
  })

  it.each(rowTypes)('hides %s from another pastor, whichever fields are requested', async (typename) => {
    const answer = await church.ask(church.otherPastor, lookUp(level, typename))
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND'])
    expect(answer.data).toEqual({ node: null })
  })
})

/** A row's audit entries differ by viewer, so only their presence is compared. */
function linkedAs(path: string, value: unknown, values: ReadonlyMap<string, unknown>): unknown {
  return path === 'Booking.auditLogs' || path === 'ContextSummary.metadata' ? values.get(path) : value
}
