import { getNamedType } from 'graphql'
import { mintToken } from '../../src/core/tokens/token.ts'
import { encryptTarget } from '../../src/features/webhooks/endpoints/encrypt-target.ts'
import { newId } from '../../src/platform/ids.ts'
import { schema } from '../../src/schema.ts'
import { addBooking, addFormResponse, addSummary } from './parish.ts'
import { type Answer, type RunningChurch, startChurch } from './running-church.ts'
import { documentOf, pathsOf, type SchemaPath } from './schema-paths.ts'

/** Marker words that only the owner may see, one for each encrypted or hidden field. */
export const markers = {
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

export const depth = 6

/** `nodes` resolves like `node`, so shorter paths through it are enough. */
const paths = pathsOf(schema, depth).filter(({ root, steps }) => root !== 'nodes' || steps.length <= 4)
const pathsPerDocument = 6

/** The required arguments of each root field. */
const argumentValues = {
  'Query.bookingStats(groupBy)': '[SENSITIVITY]',
  'Query.cost(query)': '"{ viewer { id } }"',
  'Query.previewAiPrompt(piiDetection)': 'true',
  'Query.previewAiPrompt(promptTemplate)': '"About {{form}}"',
  'Query.retentionPreview(key)': '"summaries.retentionDays"',
  'Query.systemSetting(key)': '"summaries.retentionDays"',
  'Query.webhookPreview(input)':
    '{ scopes: ["bookings:read"], document: "subscription { bookingChanged { booking { title } } }" }',
}

/** The root fields that find a row by its ID, with the type of the row. */
const typesById = new Map(
  Object.values(schema.getQueryType()?.getFields() ?? {})
    .filter(({ args }) => args.some(({ name }) => name === 'id'))
    .map((field) => [field.name, getNamedType(field.type).name]),
)

/** A church whose pastor has a marker word in every field that only owners see, with the IDs of those rows by type. */
export type MarkedChurch = RunningChurch & Readonly<{ ids: Readonly<Record<string, string>> }>

export async function startMarkedChurch(): Promise<MarkedChurch> {
  const church = await startChurch({
    runsJobs: false,
    // The documents of the walk exceed the ordinary limits.
    variables: {
      LIMIT_COST: '1000000000',
      LIMIT_BUDGET_POINTS: '2000000000',
      LIMIT_FIELDS: '5000',
      LIMIT_REPEATS: '5000',
    },
  })
  const { deps, pastor } = church
  const bookingId = await addBooking(deps, pastor, {
    intake: {
      notes: markers.notes,
      answers: [{ slug: 'why', label: 'Why', values: [markers.answer] }],
      attendees: [{ name: markers.attendee, email: `${markers.attendee}@example.org`, timeZone: null }],
    },
    columns: {
      title: markers.title,
      description: markers.description,
      location: markers.location,
      sensitivity: 'Medium',
      calBookingUid: 'canary-uid-sanderling',
      attendees: [{ name: markers.attendee, email: `${markers.attendee}@example.org`, timeZone: null }],
      attendeeNames: [markers.attendee],
      attendeeEmails: [`${markers.attendee}@example.org`],
    },
  })
  const responseId = await addFormResponse(deps, pastor, bookingId, [
    { slug: 'why', label: 'Why', values: [markers.formAnswer] },
  ])
  const summaryId = await addSummary(deps, pastor, bookingId, markers.summary, {
    topic: markers.topic,
    participants: [markers.participant],
    plainText: markers.topic,
  })
  const ids = {
    Booking: bookingId,
    FormResponse: responseId,
    ContextSummary: summaryId,
    User: pastor.userId,
    Form: (await deps.database.formResponse.findUniqueOrThrow({ where: { id: responseId } })).formId,
    AuditLog: (await deps.database.auditLog.findFirstOrThrow({ where: { userId: pastor.userId } })).id,
    WebhookDelivery: await addDelivery(church),
    SchedulingPolicy: await addPolicy(church),
    WorkerJob: await addJob(church, bookingId),
    ApiToken: await addTokenRow(church),
    ...(await addEndpoint(church, bookingId)),
  }
  // The owner opens everything first, so that paths through the audit log lead somewhere.
  await church.ask(
    pastor,
    `{ node(id: "${globalId('ContextSummary', summaryId)}") { ... on ContextSummary { content { text } } } }`,
  )
  return { ...church, ids }
}

/** Sends a request with a cookie, a token or neither. */
export type EventReader = (query: string) => Promise<Answer>

/**
 * The text of every response along every path, joined. Several paths of one root share a document, each under its own alias.
 * If one of them is refused, its error can null the others: then each is sent on its own.
 */
export async function queryAllPaths({ ids }: MarkedChurch, ask: EventReader): Promise<string> {
  const byRoot = Map.groupBy(paths, ({ root }) => root)
  const chunks = [...byRoot.values()].flatMap((ofRoot) => {
    const selections = ofRoot.flatMap((path) => startsOf(path, ids).map((id) => selectionOf(path, id)))
    return chunksOf(selections, pathsPerDocument)
  })
  const answers: string[] = []
  for (const chunk of chunks) {
    const together = await ask(`{ ${chunk.map((selection, index) => `path${index}: ${selection}`).join('\n')} }`)
    answers.push(together.text)
    const isRefusedAtRoot = together.errors?.every(({ path }) => path?.length === 1)
    if (together.data !== null || isRefusedAtRoot || chunk.length === 1) continue
    for (const selection of chunk) answers.push((await ask(`{ ${selection} }`)).text)
  }
  const seen = answers.join('\n')
  // Otherwise nothing would be found because nothing was requested.
  const unasked = /RATE_LIMITED|QUERY_TOO_COMPLEX|GRAPHQL_\w+_FAILED|INTERNAL/.exec(seen)
  if (unasked !== null) throw new Error(`a path was not walked: ${seen.slice(unasked.index - 400, unasked.index + 40)}`)
  return seen
}

/** The response byte for byte, without the remaining rate limit. */
export function bytesOf({ text }: Answer): string {
  return text.replace(/"remaining":\d+/, '"remaining":0')
}

/** The IDs that a path can start from, by the type of its root. A path without an ID starts once. */
function startsOf(path: SchemaPath, ids: MarkedChurch['ids']): string[] {
  const byNode = path.root === 'node' || path.root === 'nodes' ? path.steps[1]?.replace('... on ', '') : undefined
  const typename = byNode ?? typesById.get(path.root)
  if (typename === undefined) return ['']
  return ids[typename] === undefined ? [] : [globalId(typename, ids[typename])]
}

function selectionOf(path: SchemaPath, id: string): string {
  return documentOf(schema, path, {
    ...argumentValues,
    ...Object.fromEntries([...typesById.keys()].map((name) => [`Query.${name}(id)`, `"${id}"`])),
    'Query.nodes(ids)': `["${id}"]`,
  })
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

/** The marker words found in a text. */
export function wordsIn(text: string): string[] {
  return [...Object.values(markers), 'canary'].filter((word) => text.includes(word))
}

export function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

async function addPolicy({ deps, pastor }: RunningChurch): Promise<string> {
  const id = newId()
  await deps.database.schedulingPolicy.create({ data: { id, userId: pastor.userId } })
  return id
}

/** A job record with marker words among its IDs, which must never be shown. */
async function addJob({ deps }: RunningChurch, bookingId: string): Promise<string> {
  const id = newId()
  const payload = { bookingId, note: `${markers.notes} of somebody` }
  await deps.database.workerJob.create({ data: { id, jobType: 'generateSummary', payload } })
  return id
}

async function addTokenRow({ deps, pastor }: RunningChurch): Promise<string> {
  const { hash: tokenHash, prefix } = mintToken()
  const id = newId()
  const expiresAt = new Date(Date.now() + 3_600_000)
  await deps.database.apiToken.create({
    data: { id, userId: pastor.userId, name: 'A script', prefix, tokenHash, scopes: ['bookings:read'], expiresAt },
  })
  return id
}

/** A webhook with a message, and a marker word in its encrypted URL, which not even its owner sees again. */
async function addEndpoint(
  { deps, pastor }: RunningChurch,
  bookingId: string,
): Promise<{ WebhookEndpoint: string; WebhookMessage: string }> {
  const [id, messageId, now] = [newId(), newId(), new Date()]
  const target = { url: 'https://hooks.example/canary-path', secret: 'whsec_canary', previous: null }
  const sealedTarget = await encryptTarget(deps, { id, userId: pastor.userId }, target)
  await deps.database.webhookEndpoint.create({
    data: {
      id,
      userId: pastor.userId,
      name: 'An endpoint',
      address: 'https://hooks.example/…',
      sealedTarget,
      document: 'subscription { bookingChanged { kind } }',
      scopes: ['bookings:read'],
      followsEverybody: false,
      cursor: '',
    },
  })
  await deps.database.webhookMessage.create({
    data: { id: messageId, endpointId: id, type: 'booking.created', bookingId, happenedAt: now, createdAt: now },
  })
  await deps.database.webhookAttempt.create({
    data: { messageId, number: 1, statusCode: 500, errorCode: 'REFUSED', durationMs: 12, startedAt: now },
  })
  return { WebhookEndpoint: id, WebhookMessage: messageId }
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
