import { isDeepStrictEqual } from 'node:util'
import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import { type Database, Prisma } from '../../platform/database/client.ts'
import { PolicyActiveError } from './errors.ts'
import { lockOwnPolicy } from './lock-own-policy.ts'
import { type PolicyChanges, policyChangesFormat } from './model.ts'
import { hasActivePolicy, type PolicyRow } from './reads.ts'

/**
 * Updates one of the viewer's own policies. Omitted fields keep their values; null clears hours.
 *
 * @throws BadUserInputError, NotFoundError, ForbiddenError, PolicyActiveError, AuditUnavailableError
 */
export async function changeSchedulingPolicy(
  { database }: Readonly<{ database: Database }>,
  viewer: Viewer,
  origin: Origin,
  policyId: string,
  input: Readonly<Record<string, unknown>>,
): Promise<void> {
  const changes = checkInput(policyChangesFormat, input)
  await database.$transaction(async (tx) => {
    const policy = await lockOwnPolicy(tx, viewer, policyId)
    const changed = changedFields(policy, changes)
    if (changed.length === 0) return
    if (changes.isActive && (await hasActivePolicy(tx, policy.userId, policyId))) throw new PolicyActiveError()
    // Prisma distinguishes SQL NULL (DbNull) from JSON null.
    const data = Object.fromEntries(changed.map((field) => [field, changes[field] ?? Prisma.DbNull]))
    await tx.schedulingPolicy.update({ where: { id: policyId }, data })
    await recordAudit(tx, [
      {
        action: 'policy.changed',
        resource: 'scheduling_policy',
        resourceId: policyId,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: { changed },
      },
    ])
  })
}

function changedFields(policy: PolicyRow, changes: PolicyChanges): (keyof PolicyChanges)[] {
  const fields = policyChangesFormat.keyof().options
  return fields.filter((field) => changes[field] !== undefined && !isDeepStrictEqual(changes[field], policy[field]))
}
