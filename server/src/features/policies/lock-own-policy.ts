import type { Viewer } from '../../core/access/viewer.ts'
import type { Transaction } from '../../platform/database/client.ts'
import { ForbiddenError, NotFoundError } from '../../platform/errors.ts'
import { isUuid } from '../../platform/ids.ts'
import { lockPolicies } from './lock-policies.ts'
import { mayReadPolicy, ownsPolicy } from './policy.ts'
import { findPolicy, type PolicyRow } from './reads.ts'

/**
 * Reads a policy for update, and locks the viewer's policies until the end of the transaction.
 *
 * @throws NotFoundError if it doesn't exist or the viewer can't read it; ForbiddenError if the viewer may only read it
 */
export async function lockOwnPolicy(tx: Transaction, viewer: Viewer, policyId: string): Promise<PolicyRow> {
  await lockPolicies(tx, viewer.userId)
  const policy = isUuid(policyId) ? await findPolicy(tx, policyId) : null
  if (policy === null || !mayReadPolicy(viewer, policy)) throw new NotFoundError()
  if (!ownsPolicy(viewer, policy)) throw new ForbiddenError()
  return policy
}
