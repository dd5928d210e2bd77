import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalEvent, CalOrganizer } from '../lifecycle/cal-event.model.ts'
import { rescheduledFrom } from '../lifecycle/event-log.model.ts'
import { pendingOutcomes } from './delivery.model.ts'

/** The identifiers of a booking and of related ones. */
export type BookingIdentifiers = Readonly<{
  uid: string | null
  calBookingId: number | null
  iCalUid: string | null
  rescheduledFromUid: string | null
}>

/** The identifiers in an event. */
export function identifiersOf(event: CalEvent): BookingIdentifiers {
  const { uid, calBookingId } = event
  const iCalUid = event.kind === 'no_show' ? null : event.iCalUid
  return { uid, calBookingId, iCalUid, rescheduledFromUid: rescheduledFrom(event) }
}

/** A booking's key: its unique identifiers, and its owner. */
export type BookingKeyRow = Readonly<{
  id: string
  calBookingId: number
  calBookingUid: string | null
  startTime: Date
  threadId: string
  iCalUid: string | null
  rescheduledFromUid: string | null
  userId: string
  /** The organizer in Cal.com, if the booking was handed over to another user. */
  hostId: string | null
  /** Whether it replaced an earlier booking, and the earliest time in its events. */
  isMoved: boolean
  bookedAt: string | null
}>

/** The columns of `BookingKeyRow`. `k` is the key and `b` its booking. */
const keyColumns = Prisma.sql`k.*, b."userId", b.metadata->>'hostId' AS "hostId",
  COALESCE((b.metadata->>'isMoved')::boolean, k."rescheduledFromUid" IS NOT NULL) AS "isMoved",
  b.metadata->>'bookedAt' AS "bookedAt"`

/** A booking and the bookings related to it. */
export type RelatedBookings = Readonly<{
  self: BookingKeyRow | null
  /** The booking that it replaced. */
  predecessor: BookingKeyRow | null
  /** The bookings that replaced it. */
  successors: readonly BookingKeyRow[]
  /** Other bookings with the same iCalUID: of the same thread, or of the same series. */
  sameCalendarEntry: readonly BookingKeyRow[]
  /** Another booking with the same number. Numbers repeat after Cal.com is reinstalled. */
  numberTakenBy: BookingKeyRow | null
}>

/**
 * Reads the bookings related to these identifiers. Call it while holding their locks; otherwise the result may be
 * outdated at once.
 */
export async function readRelatedBookings(
  tx: SqlTransaction,
  identifiers: BookingIdentifiers,
  keyIds: readonly string[],
): Promise<RelatedBookings> {
  if (keyIds.length === 0) return relatedTo(identifiers, [])
  const keys = await tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    WHERE k.id = ANY(${[...keyIds]}::uuid[])
    ORDER BY k.id`
  return relatedTo(identifiers, keys)
}

function relatedTo(
  { uid, calBookingId, iCalUid, rescheduledFromUid }: BookingIdentifiers,
  found: readonly BookingKeyRow[],
): RelatedBookings {
  const byNumber = calBookingId === null ? undefined : found.find((key) => key.calBookingId === calBookingId)
  const byUid = uid === null ? undefined : found.find((key) => key.calBookingUid === uid)
  // A number identifies a booking only if the event or the booking has no UID.
  const self = byUid ?? (uid === null || byNumber?.calBookingUid === null ? byNumber : undefined) ?? null
  const others = found.filter((key) => key.id !== self?.id)
  return {
    self,
    predecessor: others.find((key) => rescheduledFromUid !== null && key.calBookingUid === rescheduledFromUid) ?? null,
    successors: uid === null ? [] : others.filter((key) => key.rescheduledFromUid === uid),
    sameCalendarEntry: iCalUid === null ? [] : others.filter((key) => key.iCalUid === iCalUid),
    numberTakenBy: byNumber !== undefined && byNumber.id !== self?.id ? byNumber : null,
  }
}

/** The keys of the bookings with one of these UIDs, or with this iCalUID. */
export async function readKeysNamed(
  tx: SqlTransaction,
  { uids, iCalUid }: Readonly<{ uids: readonly string[]; iCalUid: string | null }>,
): Promise<BookingKeyRow[]> {
  return tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM (
      SELECT * FROM booking_keys WHERE "calBookingUid" = ANY(${[...uids]}::text[])
      UNION SELECT * FROM booking_keys WHERE "iCalUid" = ${iCalUid}
    ) k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    ORDER BY k.id`
}

/** The bookings that replaced one, or may have: those with the same iCalUID that were rescheduled. */
export async function readSuccessors(
  tx: SqlTransaction,
  { id, uid, iCalUid }: Readonly<{ id: string; uid: string | null; iCalUid: string | null }>,
): Promise<BookingKeyRow[]> {
  const found = await tx.$queryRaw<BookingKeyRow[]>`
    SELECT ${keyColumns}
    FROM (
      SELECT * FROM booking_keys WHERE "rescheduledFromUid" = ${uid}
      UNION SELECT * FROM booking_keys WHERE "iCalUid" = ${iCalUid}
    ) k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
    ORDER BY k.id`
  return found.filter((key) => key.id !== id && (key.isMoved || key.rescheduledFromUid === uid))
}

/** What an event is looked up by. */
export type LookedUp = Readonly<{
  identifiers: BookingIdentifiers
  organizer: CalOrganizer | null
  /** The digest of its delivery. Null if the delivery is already recorded. */
  digest: string | null
}>

/** What is stored about an incoming event. */
export type Surroundings = Readonly<{
  /** The same delivery is already recorded. */
  isDuplicate: boolean
  /** Another delivery for the same booking is pending. */
  hasPending: boolean
  /** The keys of its booking and of related ones. */
  keyIds: readonly string[]
  /** The users with one of the organizer's identifiers, best match first. */
  organizers: readonly string[]
}>

const unknown: Surroundings = { isDuplicate: false, hasPending: false, keyIds: [], organizers: [] }

/**
 * Looks up several events in one statement. Call it while holding the locks of their identifiers; otherwise the result
 * may be outdated at once.
 */
export async function readSurroundings(tx: SqlTransaction, events: readonly LookedUp[]): Promise<Surroundings[]> {
  const identifiers = events.map((event) => event.identifiers)
  // Each part is a lookup in its own index. LIMIT keeps PostgreSQL from hashing a whole table instead.
  const rows = await tx.$queryRaw<(Omit<Surroundings, 'organizers'> & { at: number; userIds: string[] })[]>`
    SELECT s.at::int, o."userIds",
      (SELECT true FROM webhook_deliveries d WHERE d.digest = s.digest LIMIT 1) IS NOT NULL AS "isDuplicate",
      (
        -- OFFSET keeps it from looking through all that are pending.
        SELECT true FROM (
          SELECT outcome FROM webhook_deliveries w WHERE w."calBookingUid" = ANY(ARRAY[s.uid, '#' || s.number]) OFFSET 0
        ) AS d WHERE d.outcome = ANY(${pendingOutcomes}) LIMIT 1
      ) IS NOT NULL AS "hasPending",
      -- A union and not an OR: each part is one look-up in its own index.
      ARRAY(
        SELECT id FROM booking_keys WHERE "calBookingUid" = s.uid
        UNION SELECT id FROM booking_keys WHERE "calBookingUid" = s."fromUid"
        UNION SELECT id FROM booking_keys WHERE "calBookingId" = s.number
        UNION SELECT id FROM booking_keys WHERE "rescheduledFromUid" = s.uid
        UNION SELECT id FROM booking_keys WHERE "iCalUid" = s."iCalUid"
      )::text[] AS "keyIds"
    FROM unnest(${events.map(({ digest }) => digest)}::text[], ${identifiers.map(({ uid }) => uid)}::text[],
      ${identifiers.map(({ calBookingId }) => calBookingId)}::int[],
      ${identifiers.map(({ iCalUid }) => iCalUid)}::text[],
      ${identifiers.map(({ rescheduledFromUid }) => rescheduledFromUid)}::text[])
      WITH ORDINALITY AS s (digest, uid, number, "iCalUid", "fromUid", at)
    JOIN (${organizersQuery(events.map(({ organizer }) => organizer))}) AS o ON o.at = s.at`
  const found = new Map(rows.map(({ at, userIds, ...row }) => [at - 1, { ...row, organizers: userIds }]))
  return events.map((_, at) => found.get(at) ?? unknown)
}

/**
 * The query that matches Cal.com organizers to users. It returns one row per organizer: `at`, its 1-based position, and
 * `userIds`, the users with one of its identifiers, best match first: Cal.com ID, then username, then email address,
 * case-insensitive. Deactivated pastors match too: they keep their bookings until these are handed over.
 *
 * One match ranks above the Cal.com ID: the username of a user whose own ID is unknown (`none:…`). Both may be the same
 * person, and otherwise assigning an ID to another account would take over the bookings made under that username.
 */
function organizersQuery(organizers: readonly (CalOrganizer | null)[]): Prisma.Sql {
  const lower = (name: string | null | undefined) => name?.toLowerCase() ?? null
  return Prisma.sql`
    SELECT o.at::int, ARRAY(
      SELECT users.id FROM users
      WHERE "calUserId" = o.id OR lower("schedulingUsername") = ANY(o.usernames) OR lower(users.email) = o.email
      ORDER BY (lower("schedulingUsername") = ANY(o.usernames) AND "calUserId" LIKE 'none:%') DESC,
        "calUserId" IS NOT DISTINCT FROM o.id DESC,
        array_position(o.usernames, lower("schedulingUsername")) NULLS LAST, users.id
    )::text[] AS "userIds"
    FROM (
      SELECT at, id, array_remove(ARRAY[username, "usernameInOrg"], NULL) AS usernames, email
      FROM unnest(${organizers.map((organizer) => organizer?.id ?? null)}::text[],
        ${organizers.map((organizer) => lower(organizer?.username))}::text[],
        ${organizers.map((organizer) => lower(organizer?.usernameInOrg))}::text[],
        ${organizers.map((organizer) => lower(organizer?.email))}::text[])
        WITH ORDINALITY AS given (id, username, "usernameInOrg", email, at)
    ) AS o`
}

/** The users with one of an organizer's identifiers, in the order of `organizersQuery`. */
export async function listOrganizers(
  tx: Pick<SqlTransaction, '$queryRaw'>,
  organizer: CalOrganizer,
): Promise<readonly string[]> {
  const [found] = await tx.$queryRaw<{ userIds: string[] }[]>(organizersQuery([organizer]))
  return found?.userIds ?? []
}

/**
 * Selects the user who is Cal.com's organizer from the matching users, or null.
 *
 * @param present - the organizer of this booking so far. Still selected if one of the identifiers matches, so that
 *   assigning an identifier to another account doesn't move existing bookings.
 */
export function organizerAmong(matching: readonly string[], present: string | null): string | null {
  return matching.find((id) => id === present) ?? matching[0] ?? null
}
