import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'

/** The part of a Prisma query that Pothos derives from the selected fields. */
type Selection = { include?: Prisma.SchedulingPolicyInclude; select?: Prisma.SchedulingPolicySelect }

/** Filters policies. All conditions must match; omitted fields are ignored. */
export type PolicyFilter = Readonly<{ isActive?: boolean | null | undefined; ownerId?: string | null | undefined }>

/** The policies that a viewer may read: their own, or all for an admin. */
export function visiblePolicies(viewer: Viewer): Prisma.SchedulingPolicyWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** A list of policies, newest first: its filter, its sort order, and the rows that cursors may point to. */
export function policyList(viewer: Viewer, filter: PolicyFilter) {
  const all: Prisma.SchedulingPolicyWhereInput[] = [visiblePolicies(viewer)]
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  // The ID breaks ties.
  const orderBy: Prisma.SchedulingPolicyOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
  return { where: { AND: all }, orderBy, scope: visiblePolicies(viewer) }
}

/** Reads a policy that is known to exist, with the selected fields. */
export function policyOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.schedulingPolicy.findUniqueOrThrow({ ...query, where: { id } })
}

export type PolicyRow = Prisma.SchedulingPolicyGetPayload<object>

/** Finds a policy by ID, without checking access. */
export function findPolicy(tx: Pick<Transaction, 'schedulingPolicy'>, id: string): Promise<PolicyRow | null> {
  return tx.schedulingPolicy.findUnique({ where: { id } })
}

/** Whether a pastor has another active policy than this one. */
export async function hasActivePolicy(
  tx: Pick<Transaction, 'schedulingPolicy'>,
  userId: string,
  exceptId: string,
): Promise<boolean> {
  return (await tx.schedulingPolicy.count({ where: { userId, isActive: true, id: { not: exceptId } } })) > 0
}
