import type { Database } from '../../../platform/database/client.ts'
import type { LinkPurpose } from './link.model.ts'

/** A valid email link with its user. */
export type UsableLink = Readonly<{ id: string; userId: string; email: string; name: string; churchName: string }>

/** Finds the valid link with this token and purpose. Null if it was used, expired, was revoked or never existed. */
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
