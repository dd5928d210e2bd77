import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { CalOrganizer } from '../lifecycle/cal-event.model.ts'

/**
 * A query for everybody here who has one of the names of each of several organizers of Cal.com's: `at`, counted from 1, and
 * `userIds`, the likeliest first: by Cal.com's id, else by username, else by address, in any case. Deactivated pastors match
 * too: their bookings stay theirs until they are handed over.
 *
 * An id comes first, but for a username whose owner's own id is not known here (`none:…`): nothing says then that they are
 * two people, and whoever gives accounts their ids could take over what is booked under that name.
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

/** Everybody here who has one of an organizer's names, in the order of `organizersQuery`. */
export async function listOrganizers(
  tx: Pick<SqlTransaction, '$queryRaw'>,
  organizer: CalOrganizer,
): Promise<readonly string[]> {
  const [found] = await tx.$queryRaw<{ userIds: string[] }[]>(organizersQuery([organizer]))
  return found?.userIds ?? []
}

/**
 * The user that Cal.com's organizer is, among those who have one of its names.
 *
 * @param present - whom Cal.com named for this booking before. As long as one of the names is theirs it is them, so that
 *   giving one of somebody's names to another account takes none of their bookings away
 */
export function organizerAmong(matching: readonly string[], present: string | null): string | null {
  return matching.find((id) => id === present) ?? matching[0] ?? null
}
