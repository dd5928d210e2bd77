import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma, Transaction } from '../../platform/database/client.ts'

/** A part of a Prisma query that Pothos made from what was selected. */
type Selection = { include?: Prisma.SchedulingPolicyInclude; select?: Prisma.SchedulingPolicySelect }

/** What a list of policies is narrowed to. What is left out does not narrow. */
export type PolicyFilter = Readonly<{ isActive?: boolean | null | undefined; ownerId?: string | null | undefined }>

/** The policies that exist for a viewer: one's own, or all for an admin. */
export function visiblePolicies(viewer: Viewer): Prisma.SchedulingPolicyWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** What the viewer asked for, within what exists for the viewer. */
export function policiesMatching(viewer: Viewer, filter: PolicyFilter): Prisma.SchedulingPolicyWhereInput {
  const all: Prisma.SchedulingPolicyWhereInput[] = [visiblePolicies(viewer)]
  if (filter.isActive != null) all.push({ isActive: filter.isActive })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  return { AND: all }
}

/** Policies, newest first: the id settles equal times. */
export function listPolicies<Query extends Selection>(
  database: Database,
  where: Prisma.SchedulingPolicyWhereInput,
  query: Query,
) {
  return database.schedulingPolicy.findMany({ ...query, where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
}

export function countPolicies(database: Database, where: Prisma.SchedulingPolicyWhereInput): Promise<number> {
  return database.schedulingPolicy.count({ where })
}

export async function isVisiblePolicy(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.schedulingPolicy.count({ where: { AND: [visiblePolicies(viewer), { id }] } })) > 0
}

/** A policy that is known to exist, with what was selected. */
export function policyOf<Query extends Selection>(database: Database, id: string, query: Query) {
  return database.schedulingPolicy.findUniqueOrThrow({ ...query, where: { id } })
}

/** A policy as it stands in the table. */
export type PolicyRow = Prisma.SchedulingPolicyGetPayload<object>

/** The policy of that id, whoever's it is, or null. */
export function findPolicy(tx: Pick<Transaction, 'schedulingPolicy'>, id: string): Promise<PolicyRow | null> {
  return tx.schedulingPolicy.findUnique({ where: { id } })
}

/** Whether a pastor has a policy in force other than this one. */
export async function hasActivePolicy(
  tx: Pick<Transaction, 'schedulingPolicy'>,
  userId: string,
  except: string,
): Promise<boolean> {
  return (await tx.schedulingPolicy.count({ where: { userId, isActive: true, id: { not: except } } })) > 0
}
