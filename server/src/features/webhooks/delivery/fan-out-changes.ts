import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import type { Queue } from '../../../platform/jobs/queue.ts'
import type { Log } from '../../../platform/logging/log.ts'
import type { BookingChangeRow, ChangePosition } from '../../bookings/change-feed/change-cursor.model.ts'
import { decodeCursor, encodeCursor } from '../../bookings/change-feed/change-cursor.model.ts'
import { readChangesAfter, readHeads } from '../../bookings/change-feed/changes.reads.ts'
import type { FeedScope } from '../../bookings/change-feed/feed-scope.model.ts'
import { disableEndpoint } from '../endpoints/disable-endpoint.ts'
import { typeOfChange } from '../model.ts'

export type FanOutDeps = Readonly<{
  database: Database
  clock: Clock
  newId: NewId
  queue: Pick<Queue, 'enqueue'>
  log: Pick<Log, 'warn'>
}>

/** Whose changes to look at: those of some owners, or all there are. */
export type FanOutScope = Readonly<{ ownerIds: readonly string[] } | { everybody: true }>

/** Changes that become messages in one transaction. */
const batchSize = 100

type Follower = Readonly<{
  id: string
  userId: string
  cursor: string
  followsEverybody: boolean
  role: 'pastor' | 'admin'
  isOwnerActive: boolean
}>

/**
 * Makes a message of each change that an endpoint has not had, and a job to send it. The log is read from each endpoint's own
 * cursor, and the cursor moves in the transaction that makes the messages: whoever comes second, on this node or another,
 * finds the cursor moved and reads on. Costs the writers of bookings nothing. Returns how many messages were made.
 */
export async function fanOutChanges(deps: FanOutDeps, scope: FanOutScope): Promise<number> {
  let made = 0
  for (const follower of await readFollowers(deps.database, scope)) {
    if (!follower.isOwnerActive) {
      await deps.database.$transaction((tx) =>
        disableEndpoint(tx, deps, follower.id, { reason: 'owner_inactive', by: null }),
      )
      continue
    }
    made += await fanOutTo(deps, follower)
  }
  return made
}

function readFollowers(database: Database, scope: FanOutScope): Promise<Follower[]> {
  const ownerIds = 'everybody' in scope ? null : [...scope.ownerIds]
  return database.$queryRaw<Follower[]>`
    SELECT e.id, e."userId", e.cursor, e."followsEverybody", u.role::text AS role, u."isActive" AS "isOwnerActive"
    FROM webhook_endpoints e JOIN users u ON u.id = e."userId"
    WHERE e."isActive" AND (${ownerIds}::uuid[] IS NULL OR u.role = 'admin' OR u.id = ANY(${ownerIds}::uuid[]))
    ORDER BY e.id`
}

async function fanOutTo(deps: FanOutDeps, follower: Follower): Promise<number> {
  const following = feedScopeOf(follower)
  let { cursor } = follower
  let made = 0
  for (;;) {
    const start = await placeOf(deps, follower, following, cursor)
    const changes = await readChangesAfter(deps.database, following, start, batchSize)
    const next = encodeCursor(positionAfter(start, changes))
    if (changes.length === 0 && next === cursor) return made
    const count = await moveOn(deps, follower, { from: cursor, to: next, changes })
    // Somebody else was faster, and goes on from there.
    if (count === null) return made
    made += count
    cursor = next
    if (changes.length < batchSize) return made
  }
}

/** Role and place belong together: a cursor of one's own log says nothing of the others'. */
function feedScopeOf({ role, userId }: Follower): FeedScope {
  return role === 'admin' ? { everybody: true } : { ownerId: userId }
}

/** Where to read on: from now on where the cursor can't be used, because the owner's role is another or it is none of ours. */
async function placeOf(
  { database, log }: FanOutDeps,
  { id, role, followsEverybody }: Follower,
  following: FeedScope,
  cursor: string,
): Promise<ChangePosition> {
  const place = followsEverybody === (role === 'admin') ? decodeCursor(cursor) : null
  if (place !== null) return place
  log.warn({ endpointId: id }, 'an endpoint follows from now on: its place in the log could not be used')
  return readHeads(database, following)
}

function positionAfter(start: ChangePosition, changes: readonly BookingChangeRow[]): ChangePosition {
  const position = new Map(start)
  for (const { ownerId, number } of changes) position.set(ownerId, number)
  return position
}

type Move = Readonly<{ from: string; to: string; changes: readonly BookingChangeRow[] }>

/** How many messages were made; null when the endpoint is no longer at `from`, or is switched off. */
async function moveOn(deps: FanOutDeps, follower: Follower, { from, to, changes }: Move): Promise<number | null> {
  const { database, queue, newId } = deps
  const now = deps.clock.now()
  return database.$transaction(async (tx) => {
    const { count } = await tx.webhookEndpoint.updateMany({
      where: { id: follower.id, cursor: from, isActive: true },
      data: { cursor: to, followsEverybody: follower.role === 'admin' },
    })
    if (count === 0) return null
    const made = await tx.$queryRaw<{ id: string }[]>`
      INSERT INTO webhook_messages
        (id, "endpointId", type, "ownerId", "changeNumber", "bookingId", "happenedAt", "createdAt", "nextAttemptAt")
      SELECT m.id, ${follower.id}::uuid, m.type, c."ownerId", c.number, c."bookingId", c."createdAt",
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
    for (const { id } of made.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await queue.enqueue(tx, 'send-webhook', { messageId: id, attempt: 0 })
    }
    return made.length
  })
}
