import { Prisma, type Transaction } from '../../../platform/database/client.ts'
import type { CalOrganizer } from '../lifecycle/cal-event.model.ts'

type Reader = Pick<Transaction, '$queryRaw'>

/**
 * The user that Cal.com's organizer is: by Cal.com's id, else by username, else by address, in any case. Null when nobody
 * here matches. Deactivated pastors match too: their bookings stay theirs until they are handed over.
 *
 * @param present - whom Cal.com named for this booking before. As long as one of the names is theirs it is them, so that
 *   giving one of somebody's names to another account takes none of their bookings away
 */
export async function findOrganizer(
  tx: Reader,
  organizer: CalOrganizer,
  present: string | null = null,
): Promise<string | null> {
  const matching = await listOrganizers(tx, organizer)
  return matching.find((id) => id === present) ?? matching[0] ?? null
}

/**
 * A query for the user that each of these organizers is, as `findOrganizer` says of one that nobody was named before: `at`,
 * which of them, counted from 1, and the user's `id`. Those whom nobody here matches are left out.
 */
export function organizersOf(organizers: readonly CalOrganizer[]): Prisma.Sql {
  const lower = (name: string | null) => name?.toLowerCase() ?? null
  return Prisma.sql`
    SELECT o.at, u.id
    FROM unnest(${organizers.map(({ id }) => id)}::text[], ${organizers.map(({ username }) => lower(username))}::text[],
      ${organizers.map(({ usernameInOrg }) => lower(usernameInOrg))}::text[],
      ${organizers.map(({ email }) => lower(email))}::text[]) WITH ORDINALITY AS o (id, username, "usernameInOrg", email, at)
    CROSS JOIN LATERAL (
      SELECT users.id FROM users
      WHERE "calUserId" = o.id OR lower("schedulingUsername") = ANY(ARRAY[o.username, o."usernameInOrg"])
        OR lower(users.email) = o.email
      ORDER BY ${likeliestFirst(Prisma.sql`o.id`, Prisma.sql`array_remove(ARRAY[o.username, o."usernameInOrg"], NULL)`)}
      LIMIT 1
    ) AS u`
}

/**
 * Everybody here whom one of an organizer's names is of, the likeliest first. An id comes first, but for a username whose
 * owner's own id is not known here (`none:…`): nothing says then that they are two people, and whoever gives accounts their
 * ids could take over what is booked under that name.
 */
export async function listOrganizers(tx: Reader, organizer: CalOrganizer): Promise<string[]> {
  const { id, username, usernameInOrg, email } = organizer
  const usernames = [username, usernameInOrg].filter((name) => name !== null).map((name) => name.toLowerCase())
  const users = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM users
    WHERE "calUserId" = ${id} OR lower("schedulingUsername") = ANY(${usernames}) OR lower(email) = ${email?.toLowerCase() ?? null}
    ORDER BY ${likeliestFirst(Prisma.sql`${id}`, Prisma.sql`${usernames}::text[]`)}`
  return users.map((user) => user.id)
}

/** The order of `listOrganizers`. */
function likeliestFirst(calUserId: Prisma.Sql, usernames: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    (lower("schedulingUsername") = ANY(${usernames}) AND "calUserId" LIKE 'none:%') DESC,
    "calUserId" IS NOT DISTINCT FROM ${calUserId} DESC,
    array_position(${usernames}, lower("schedulingUsername")) NULLS LAST, users.id`
}
