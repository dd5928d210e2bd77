import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import type { DateTimeRange, WorkerJobFilter, WorkerJobOrder } from './filter.model.ts'

/** Matches the job with this ID if the viewer may read jobs, which only admins may. */
export function visibleJob(viewer: Viewer, id: string): Prisma.WorkerJobWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, NOT: { id } }
}

function jobsMatching({ jobType, status, createdAt, scheduledFor }: WorkerJobFilter): Prisma.WorkerJobWhereInput {
  const all: Prisma.WorkerJobWhereInput[] = []
  if (jobType) all.push({ jobType: { in: [...jobType] } })
  if (status) all.push({ status: { in: [...status] } })
  if (createdAt) all.push({ createdAt: rangeFilter(createdAt) })
  if (scheduledFor) all.push({ scheduledFor: rangeFilter(scheduledFor) })
  return { AND: all }
}

function rangeFilter({ from, to }: DateTimeRange): { gte?: Date; lt?: Date } {
  return { ...(from && { gte: from }), ...(to && { lt: to }) }
}

/** A list of jobs, for admins: its filter, its sort order, and the rows that cursors may point to. */
export function jobList(
  filter: WorkerJobFilter,
  { field, direction }: WorkerJobOrder = { field: 'createdAt', direction: 'desc' },
) {
  // The ID breaks ties, and jobs without the time come last.
  const time = field === 'createdAt' ? direction : { sort: direction, nulls: 'last' as const }
  const orderBy: Prisma.WorkerJobOrderByWithRelationInput[] = [{ [field]: time }, { id: direction }]
  return { where: jobsMatching(filter), orderBy, scope: {} }
}

/** Finds a job that the viewer may read, or null. */
export function findVisibleJob<Query extends object>(database: Database, viewer: Viewer, id: string, query: Query) {
  return database.workerJob.findUnique({ ...query, where: visibleJob(viewer, id) })
}

/** Reads a job that is known to exist, with the selected fields. */
export function jobOf<Query extends object>(database: Database, id: string, query: Query) {
  return database.workerJob.findUniqueOrThrow({ ...query, where: { id } })
}
