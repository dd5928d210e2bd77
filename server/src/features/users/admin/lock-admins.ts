import type { Viewer } from '../../../core/access/viewer.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { ForbiddenError } from '../../../platform/errors.ts'

/**
 * Locks all active admins until the end of the transaction, so that two of them can't remove each other's access at once and
 * leave none. Throws ForbiddenError if the viewer is no longer one of them.
 */
export async function lockAdmins(tx: Transaction, viewer: Viewer): Promise<void> {
  const admins = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM users WHERE role = 'admin' AND "isActive" ORDER BY id FOR UPDATE`
  if (!admins.some(({ id }) => id === viewer.userId)) throw new ForbiddenError()
}
