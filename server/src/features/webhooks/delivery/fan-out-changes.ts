import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Log } from '../../../platform/logging/log.ts'
import { readChangesAfter, readHeads } from '../../bookings/change-feed/changes.reads.ts'
import {
  type BookingChangeRow,
  type ChangePosition,
  decodeCursor,
  encodeCursor,
  type FeedScope,
} from '../../bookings/change-feed/position.model.ts'
import { disableEndpoint } from '../endpoints/disable-endpoint.ts'
import { typeOfChange } from '../model.ts'

export type FanOutDeps = Readonly<{
  database: Database
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  log: Pick<Log, 'warn'>
}>

/** The owners whose changes to process, or everybody. */
export type FanOutScope = Readonly<{ ownerIds: readonly string[] } | { everybody: true }>

/** The maximum number of changes per transaction. */
const batchSize = 100

type EndpointCursor = Readonly<{
  id: string
  userId: string
  cursor: string
  followsEverybody: boolean
  role: 'pastor' | 'admin'
  isOwnerActive: boolean
}>

/**
 * Creates a message, and a job to send it, for each change that an endpoint has not received yet. It reads the change feed
 * from each endpoint's own cursor and advances the cursor in the transaction that creates the messages. If another node has
 * already advanced it, that node continues. Writers of bookings pay nothing for this. Returns the number of messages
 * created.
 */
export async function fanOutChanges(deps: FanOutDeps, scope: FanOutScope): Promise<number> {
  let created = 0
  for (const endpoint of await readEndpoints(deps.database, scope)) {
    if (!endpoint.isOwnerActive) {
      await deps.database.$transaction((tx) =>
        disableEndpoint(tx, deps, endpoint.id, { reason: 'owner_inactive', actor: null }),
      )
      continue
    }
    created += await fanOutToEndpoint(deps, endpoint)
  }
  return created
}

function readEndpoints(database: Database, scope: FanOutScope): Promise<EndpointCursor[]> {
  const ownerIds = 'everybody' in scope ? null : [...scope.ownerIds]
  return database.$queryRaw<EndpointCursor[]>`
    SELECT e.id, e."userId", e.cursor, e."followsEverybody", u.role::text AS role, u."isActive" AS "isOwnerActive"
    FROM webhook_endpoints e JOIN users u ON u.id = e."userId"
    WHERE e."isActive" AND (${ownerIds}::uuid[] IS NULL OR u.role = 'admin' OR u.id = ANY(${ownerIds}::uuid[]))
    ORDER BY e.id`
}

async function fanOutToEndpoint(deps: FanOutDeps, endpoint: EndpointCursor): Promise<number> {
  const scope = scopeOfEndpoint(endpoint)
  let { cursor } = endpoint
  let created = 0
  for (;;) {
    const start = await startPosition(deps, endpoint, scope, cursor)
    const changes = await readChangesAfter(deps.database, scope, start, batchSize)
    const next = encodeCursor(positionAfter(start, changes))
    if (changes.length === 0 && next === cursor) return created
    const count = await advanceCursor(deps, endpoint, { from: cursor, to: next, changes })
    // Another node advanced the cursor and continues from there.
    if (count === null) return created
    created += count
    cursor = next
    if (changes.length < batchSize) return created
  }
}

/** The scope depends on the owner's current role; a cursor of one's own changes doesn't cover those of others. */
function scopeOfEndpoint({ role, userId }: EndpointCursor): FeedScope {
  return role === 'admin' ? { everybody: true } : { ownerId: userId }
}

/**
 * The position to continue from. If the cursor is unusable, because the owner's role changed or it is invalid, that is the
 * end of the feed.
 */
async function startPosition(
  { database, log }: FanOutDeps,
  { id, role, followsEverybody }: EndpointCursor,
  scope: FeedScope,
  cursor: string,
): Promise<ChangePosition> {
  const position = followsEverybody === (role === 'admin') ? decodeCursor(cursor) : null
  if (position !== null) return position
  log.warn({ endpointId: id }, 'an endpoint skipped to the end of the change log: its cursor was unusable')
  return readHeads(database, scope)
}

function positionAfter(start: ChangePosition, changes: readonly BookingChangeRow[]): ChangePosition {
  const position = new Map(start)
  for (const { ownerId, number } of changes) position.set(ownerId, number)
  return position
}

type CursorAdvance = Readonly<{ from: string; to: string; changes: readonly BookingChangeRow[] }>

/**
 * Advances the cursor and creates the messages. Returns their number, or null if the endpoint is no longer at `from` or was
 * disabled.
 */
async function advanceCursor(
  deps: FanOutDeps,
  endpoint: EndpointCursor,
  { from, to, changes }: CursorAdvance,
): Promise<number | null> {
  const { database, queue, newId } = deps
  const now = deps.clock.now()
  return database.$transaction(async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({
      where: { id: endpoint.id, cursor: from, isActive: true },
      data: { cursor: to, followsEverybody: endpoint.role === 'admin' },
    })
    if (count === 0) return null
    const created = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO webhook_messages
        (id, "endpointId", type, "ownerId", "changeNumber", "bookingId", "happenedAt", "createdAt", "nextAttemptAt")
      SELECT m.id, ${endpoint.id}::uuid, m.type, c."ownerId", c.number, c."bookingId", c."createdAt",
        ${now}::timestamptz, ${now}::timestamptz
      FROM UNNEST(
        ${changes.map(() => newId())}::uuid[],
        ${changes.map(({ kind }) => typeOfChange(kind))}::text[],
        ${changes.map(({ ownerId }) => ownerId)}::uuid[],
        ${changes.map(({ number }) => number)}::bigint[]
      ) AS m (id, type, "ownerId", number)
      JOIN booking_changes c ON c."ownerId" = m."ownerId" AND c.number = m.number
      ON CONFLICT ("endpointId", "ownerId", "changeNumber") DO NOTHING
      RETURNING id`
    for (const { id } of created.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await queue.enqueue(tx, 'send-webhook', { messageId: id, attempt: 0 })
    }
    return created.length
  })
}
