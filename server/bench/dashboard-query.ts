import { z } from 'zod'

/** One pastor's week on the dashboard, in the same form for every server. */
export type Week = Readonly<{
  total: number
  /** The number of bookings by status, without statuses that have none. Null if the query didn't request it. */
  countByStatus: Readonly<Record<string, number>> | null
  bookings: readonly z.infer<typeof bookingSchema>[]
}>

const statuses = ['pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show'] as const

const weekFields = `
    totalCount
    nodes {
      id title startTime endTime status sensitivity location
      formResponses { nodes { id createdAt form { name } } }
      contextSummaries {
        nodes {
          id expiresAt
          metadata { topic participants sensitivity location when duration plainText generatedAt method }
        }
      }
    }`

const countFields = statuses
  .map(
    (status) => `
  ${status}: bookings(filter: { startTime: { from: $from, to: $to }, status: [${status.toUpperCase()}] }) { totalCount }`,
  )
  .join('')

/** ChurchHub's query. `counts` adds a count per status. */
export function weekDocument({ counts }: { counts: boolean }): string {
  return `query Week($from: DateTime!, $to: DateTime!) {
  bookings(filter: { startTime: { from: $from, to: $to } }, first: 20) {${weekFields}
  }${counts ? countFields : ''}
}`
}

/** The same for PostGraphile. It has no sign-in, so the owner is an argument. */
export function peerDocument({ counts }: { counts: boolean }): string {
  const inWeek = 'startTime: { greaterThanOrEqualTo: $from, lessThan: $to }'
  const counted = statuses.map(
    (status) => `
  ${status}: allBookings(condition: { userId: $owner }, filter: { ${inWeek}, status: { equalTo: ${status} } }) { totalCount }`,
  )
  return `query Week($owner: UUID!, $from: Datetime!, $to: Datetime!) {
  bookings: allBookings(condition: { userId: $owner }, filter: { ${inWeek} }, first: 20, orderBy: [START_TIME_ASC, ROW_ID_ASC]) {
    totalCount
    nodes {
      id: rowId title startTime endTime status sensitivity location
      formResponses(first: 20, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) { nodes { id: rowId createdAt form: formByFormId { name } } }
      contextSummaries(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { nodes { id: rowId expiresAt metadata } }
    }
  }${counts ? counted.join('') : ''}
}`
}

/** The same in SQL, by the name under which the floor server runs it. Parameters: owner, from, to. */
export const floorStatements: ReadonlyMap<string, string> = new Map([
  ['week', floorSql({ counts: false })],
  ['week-and-counts', floorSql({ counts: true })],
])

function floorSql({ counts }: { counts: boolean }): string {
  const inWeek = `"userId" = $1 AND "startTime" >= $2 AND "startTime" < $3`
  const countByStatus = `
    (SELECT coalesce(json_object_agg(status, count), '{}')
     FROM (SELECT status, count(*) AS count FROM bookings WHERE ${inWeek} GROUP BY status) AS counted)`
  return `
SELECT json_build_object(
  'total', (SELECT count(*) FROM bookings WHERE ${inWeek}),
  'countByStatus', ${counts ? countByStatus : 'NULL'},
  'bookings', (
    SELECT coalesce(json_agg(json_build_object(
      'id', b.id, 'title', b.title, 'startTime', b."startTime", 'endTime', b."endTime", 'status', b.status,
      'sensitivity', b.sensitivity, 'location', b.location,
      'formResponses', responses.list, 'contextSummaries', summaries.list) ORDER BY b."startTime", b.id), '[]')
    FROM (SELECT * FROM bookings WHERE ${inWeek} ORDER BY "startTime", id LIMIT 20) AS b,
    LATERAL (
      SELECT coalesce(json_agg(json_build_object(
        'id', r.id, 'createdAt', r."createdAt", 'form', json_build_object('name', f.name)) ORDER BY r."createdAt", r.id), '[]') AS list
      FROM (SELECT * FROM form_responses WHERE "bookingId" = b.id ORDER BY "createdAt", id LIMIT 20) AS r
      JOIN forms AS f ON f.id = r."formId"
    ) AS responses,
    LATERAL (
      SELECT coalesce(json_agg(json_build_object(
        'id', s.id, 'metadata', s.metadata, 'expiresAt', s."expiresAt") ORDER BY s."createdAt" DESC, s.id DESC), '[]') AS list
      FROM (SELECT * FROM context_summaries WHERE "bookingId" = b.id ORDER BY "createdAt" DESC, id DESC LIMIT 20) AS s
    ) AS summaries
  )
)::text AS answer`
}

const moment = z.string().transform((text) => new Date(text).toISOString())

/** ChurchHub's Relay ID is base64 of `Type:id`; SQL returns the ID itself. */
const id = z.string().transform((text) => (/^[0-9a-f-]{36}$/.test(text) ? text : (atob(text).split(':')[1] ?? '')))

const lowerCase = z.string().transform((text) => text.toLowerCase())
const words = z.string().transform((text) => text.toLowerCase().replace('_', '-'))

const metadataSchema = z.strictObject({
  topic: z.string(),
  participants: z.array(z.string()),
  sensitivity: lowerCase,
  location: z.string(),
  when: moment,
  duration: z.number(),
  plainText: z.string(),
  generatedAt: moment,
  method: words,
})

function listOf<T extends z.ZodType>(item: T) {
  return z.union([z.array(item), z.strictObject({ nodes: z.array(item) }).transform(({ nodes }) => nodes)])
}

const bookingSchema = z.strictObject({
  id,
  title: z.string(),
  startTime: moment,
  endTime: moment,
  status: lowerCase,
  sensitivity: lowerCase,
  location: z.string().nullable(),
  formResponses: listOf(z.strictObject({ id, createdAt: moment, form: z.strictObject({ name: z.string() }) })),
  contextSummaries: listOf(z.strictObject({ id, metadata: metadataSchema, expiresAt: moment.nullable() })),
})

const floorAnswer = z.strictObject({
  total: z.number(),
  countByStatus: z.record(z.string(), z.number()).nullable(),
  bookings: z.array(bookingSchema),
})

/** Parses the floor server's response. */
export function weekFromFloor(body: string): Week {
  return floorAnswer.parse(JSON.parse(body))
}

const graphqlAnswer = z.strictObject({
  // Strict: a response with `errors` is invalid. Its cost is not compared.
  extensions: z.object({ cost: z.unknown() }).optional(),
  data: z
    .object({ bookings: z.strictObject({ totalCount: z.number(), nodes: z.array(bookingSchema) }) })
    .catchall(z.strictObject({ totalCount: z.number() })),
})

/** Parses ChurchHub's response. */
export const weekFromChurchHub = weekFromGraphql

/** Parses PostGraphile's response; its query uses aliases for the same names. */
export const weekFromPeer = weekFromGraphql

function weekFromGraphql(body: string): Week {
  const { bookings, ...counts } = graphqlAnswer.parse(JSON.parse(body)).data
  const counted = Object.entries(counts).map(([status, { totalCount }]) => [status, totalCount] as const)
  return {
    total: bookings.totalCount,
    countByStatus: counted.length === 0 ? null : Object.fromEntries(counted.filter(([, count]) => count > 0)),
    bookings: bookings.nodes,
  }
}
