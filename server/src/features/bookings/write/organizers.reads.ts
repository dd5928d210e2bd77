import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalOrganizer } from '../lifecycle/cal-event.model.ts'

/**
 * The query that matches Cal.com organizers to users. It returns one row per organizer: `at`, its 1-based position, and
 * `userIds`, the users with one of its identifiers, best match first: Cal.com ID, then username, then email address,
 * case-insensitive. Deactivated pastors match too: they keep their bookings until these are handed over.
 *
 * One match ranks above the Cal.com ID: the username of a user whose own ID is unknown (`none:…`). Both may be the same
 * person, and otherwise assigning an ID to another account would take over the bookings made under that username.
 */
export function organizersQuery(organizers: readonly (CalOrganizer | null)[]): Prisma.Sql {
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
