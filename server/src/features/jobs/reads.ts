import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { DateTimeRange, WorkerJobFilter, WorkerJobOrder } from './filter.model.ts'

/** The job of that id, where it exists for the viewer: jobs exist for admins. */
export function visibleJob(viewer: Viewer, id: string): Prisma.WorkerJobWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, NOT: { id } }
}

export function jobsMatching({
  jobType,
  status,
  createdAt,
  scheduledFor,
}: WorkerJobFilter): Prisma.WorkerJobWhereInput {
  const all: Prisma.WorkerJobWhereInput[] = []
  if (jobType) all.push({ jobType: { in: [...jobType] } })
  if (status) all.push({ status: { in: [...status] } })
  if (createdAt) all.push({ createdAt: within(createdAt) })
  if (scheduledFor) all.push({ scheduledFor: within(scheduledFor) })
  return { AND: all }
}

function within({ from, to }: DateTimeRange): { gte?: Date; lt?: Date } {
  return { ...(from && { gte: from }), ...(to && { lt: to }) }
}

/** A page of jobs in a stable order: the id settles equal times, and what has no time comes last. */
export function listJobs<Query extends object>(
  database: Database,
  where: Prisma.WorkerJobWhereInput,
  { field, direction }: WorkerJobOrder,
  query: Query,
) {
  const time = field === 'createdAt' ? direction : { sort: direction, nulls: 'last' as const }
  return database.workerJob.findMany({ ...query, where, orderBy: [{ [field]: time }, { id: direction }] })
}

export function countJobs(database: Database, where: Prisma.WorkerJobWhereInput): Promise<number> {
  return database.workerJob.count({ where })
}

export async function isJob(database: Database, id: string): Promise<boolean> {
  return (await database.workerJob.count({ where: { id } })) > 0
}

/** One job that exists for the viewer, or null. */
export function findVisibleJob<Query extends object>(database: Database, viewer: Viewer, id: string, query: Query) {
  return database.workerJob.findUnique({ ...query, where: visibleJob(viewer, id) })
}

/** A job that is known to exist, with what was selected. */
export function jobOf<Query extends object>(database: Database, id: string, query: Query) {
  return database.workerJob.findUniqueOrThrow({ ...query, where: { id } })
}
