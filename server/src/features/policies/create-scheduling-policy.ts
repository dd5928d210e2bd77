import type { Origin, Viewer } from '../../core/access/viewer.ts'
import { recordAudit } from '../../core/audit/record.ts'
import { checkInput } from '../../platform/check-input.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Database, Prisma } from '../../platform/database/client.ts'
import { ForbiddenError } from '../../platform/errors.ts'
import type { NewId } from '../../platform/ids.ts'
import { PolicyActiveError } from './errors.ts'
import { lockPolicies } from './lock-policies.ts'
import { newPolicyFormat } from './model.ts'
import { mayHavePolicies } from './policy.ts'
import { hasActivePolicy } from './reads.ts'

type CreatePolicyDeps = Readonly<{ database: Database; clock: Clock; newId: NewId }>

/**
 * Creates a policy for the viewer's own meetings. Returns its ID.
 *
 * @throws ForbiddenError if the viewer can't have meetings; BadUserInputError, PolicyActiveError, AuditUnavailableError
 */
export async function createSchedulingPolicy(
  deps: CreatePolicyDeps,
  viewer: Viewer,
  origin: Origin,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (!mayHavePolicies(viewer)) throw new ForbiddenError('Only pastors can have scheduling policies.')
  const { quietHours, workingHours, ...policy } = checkInput(newPolicyFormat, input)
  const id = deps.newId()
  const now = deps.clock.now()
  await deps.database.$transaction(async (tx) => {
    await lockPolicies(tx, viewer.userId)
    if (policy.isActive && (await hasActivePolicy(tx, viewer.userId, id))) throw new PolicyActiveError()
    await tx.schedulingPolicy.create({
      data: {
        id,
        userId: viewer.userId,
        ...policy,
        quietHours: quietHours ?? Prisma.DbNull,
        workingHours: workingHours ?? Prisma.DbNull,
        createdAt: now,
        updatedAt: now,
      },
    })
    await recordAudit(tx, [
      {
        action: 'policy.created',
        resource: 'scheduling_policy',
        resourceId: id,
        userId: viewer.userId,
        bookingId: null,
        origin,
        metadata: {},
      },
    ])
  })
  return id
}
