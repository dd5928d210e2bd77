import type { Transaction } from '../../platform/database/client.ts'
import type { CalOrganizer } from './cal-event.model.ts'

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
    ORDER BY (lower("schedulingUsername") = ANY(${usernames}) AND "calUserId" LIKE 'none:%') DESC,
      "calUserId" IS NOT DISTINCT FROM ${id} DESC,
      array_position(${usernames}::text[], lower("schedulingUsername")) NULLS LAST, id`
  return users.map((user) => user.id)
}
