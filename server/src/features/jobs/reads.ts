import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { DateTimeRange, WorkerJobFilter, WorkerJobOrder } from './filter.model.ts'

/** Matches the job with this ID if the viewer may read jobs, which only admins may. */
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

/** Lists jobs in a stable order: the ID breaks ties, and jobs without the time come last. */
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

/** Finds a job that the viewer may read, or null. */
export function findVisibleJob<Query extends object>(database: Database, viewer: Viewer, id: string, query: Query) {
  return database.workerJob.findUnique({ ...query, where: visibleJob(viewer, id) })
}

/** Reads a job that is known to exist, with the selected fields. */
export function jobOf<Query extends object>(database: Database, id: string, query: Query) {
  return database.workerJob.findUniqueOrThrow({ ...query, where: { id } })
}
