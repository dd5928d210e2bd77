import type { Transaction } from '../../platform/database/client.ts'
import type { CalOrganizer } from './cal-event.model.ts'

/**
 * The user that Cal.com's organizer is: by Cal.com's id, else by username, else by address, in any case. Null when nobody
 * here matches. Deactivated pastors match too: their bookings stay theirs until they are handed over.
 */
export async function findOrganizer(
  tx: Pick<Transaction, '$queryRaw'>,
  organizer: CalOrganizer,
): Promise<string | null> {
  const { id, username, usernameInOrg, email } = organizer
  const usernames = [username, usernameInOrg].filter((name) => name !== null).map((name) => name.toLowerCase())
  const [user] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM users
    WHERE "calUserId" = ${id} OR lower("schedulingUsername") = ANY(${usernames}) OR lower(email) = ${email?.toLowerCase() ?? null}
    ORDER BY "calUserId" IS NOT DISTINCT FROM ${id} DESC,
      array_position(${usernames}::text[], lower("schedulingUsername")) NULLS LAST, id
    LIMIT 1`
  return user?.id ?? null
}
