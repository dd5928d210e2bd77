import type { Database } from '../../../platform/database/client.ts'
import type { LinkPurpose } from './link.model.ts'

/** A mailed link that can still be used, and whose it is. */
export type UsableLink = Readonly<{ id: string; userId: string; email: string; name: string; churchName: string }>

/** The link with this token, if it can be used for this. Null for used, expired, void and unknown ones alike. */
export async function findLink(
  database: Pick<Database, 'mailLink'>,
  { purpose, tokenHash, now }: Readonly<{ purpose: LinkPurpose; tokenHash: string; now: Date }>,
): Promise<UsableLink | null> {
  const link = await database.mailLink.findFirst({
    where: { tokenHash, purpose, usedAt: null, expiresAt: { gt: now } },
    select: { id: true, userId: true, user: { select: { email: true, name: true, churchName: true } } },
  })
  return link === null ? null : { id: link.id, userId: link.userId, ...link.user }
}
