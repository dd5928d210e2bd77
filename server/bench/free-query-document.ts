import { z } from 'zod'

/** The result for an IT team's query: who has a booking, and whether its form responses and summaries exist. */
export type BookedList = z.infer<typeof listSchema>

/**
 * The query for ChurchHub: the confirmed and pending bookings of a week of all pastors, a page of 50, with owner, form
 * responses, summaries and the total count. An admin sends it, so redaction applies to every row; only fields that
 * redaction leaves are selected, so that others can return the same.
 */
export const churchHubDocument = `query Booked($from: DateTime!, $to: DateTime!) {
  bookings(
    filter: { startTime: { from: $from, to: $to }, status: [CONFIRMED, PENDING] }
    orderBy: { field: START_TIME, direction: ASC }
    first: 50
  ) {
    totalCount
    nodes {
      id startTime endTime duration status sensitivity eventTypeTitle
      owner { name email }
      formResponses(first: 5) { nodes { id createdAt } }
      contextSummaries(first: 5) { nodes { id createdAt expiresAt } }
    }
  }
}`

/** The same for PostGraphile. */
export const peerDocument = `query Booked($from: Datetime!, $to: Datetime!) {
  bookings: allBookings(
    filter: { startTime: { greaterThanOrEqualTo: $from, lessThan: $to }, status: { in: [confirmed, pending] } }
    orderBy: [START_TIME_ASC, ROW_ID_ASC]
    first: 50
  ) {
    totalCount
    nodes {
      id: rowId startTime endTime duration status sensitivity eventTypeTitle
      owner: userByUserId { name email }
      formResponses(first: 5, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) { nodes { id: rowId createdAt } }
      contextSummaries(first: 5, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { nodes { id: rowId createdAt expiresAt } }
    }
  }
}`

const moment = z.string().transform((text) => new Date(text).toISOString())

/** ChurchHub's Relay ID is base64 of `Type:id`; PostGraphile returns the ID itself. */
const id = z.string().transform((text) => (/^[0-9a-f-]{36}$/.test(text) ? text : (atob(text).split(':')[1] ?? '')))

const listSchema = z.strictObject({
  totalCount: z.number(),
  nodes: z.array(
    z.strictObject({
      id,
      startTime: moment,
      endTime: moment,
      duration: z.number(),
      status: z.string().transform((text) => text.toLowerCase()),
      sensitivity: z.string().transform((text) => text.toLowerCase()),
      eventTypeTitle: z.string().nullable(),
      owner: z.strictObject({ name: z.string(), email: z.string() }),
      formResponses: z.strictObject({ nodes: z.array(z.strictObject({ id, createdAt: moment })) }),
      contextSummaries: z.strictObject({
        nodes: z.array(z.strictObject({ id, createdAt: moment, expiresAt: moment.nullable() })),
      }),
    }),
  ),
})

const answerSchema = z.strictObject({
  extensions: z.object({ cost: z.unknown() }).optional(),
  data: z.strictObject({ bookings: listSchema }),
})

/** Parses either response. */
export function listFrom(body: string): BookedList {
  return answerSchema.parse(JSON.parse(body)).data.bookings
}
