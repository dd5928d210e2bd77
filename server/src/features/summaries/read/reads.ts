import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database, Prisma } from '../../../platform/database/client.ts'
import type { SummaryFilter } from '../filter.model.ts'

/** The summaries that a viewer may read: those of their own bookings, or all for an admin. */
export function visibleSummaries(viewer: Viewer): Prisma.ContextSummaryWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}

/** A list of summaries, newest first: its filter, its sort order, and the rows that cursors may point to. */
export function summaryList(viewer: Viewer, filter: SummaryFilter) {
  const all: Prisma.ContextSummaryWhereInput[] = [visibleSummaries(viewer)]
  for (const column of ['createdAt', 'expiresAt'] as const) {
    const { from, to } = filter[column] ?? {}
    if (from) all.push({ [column]: { gte: from } })
    if (to) all.push({ [column]: { lt: to } })
  }
  if (filter.bookingId) all.push({ bookingId: { in: [...filter.bookingId] } })
  if (filter.ownerId) all.push({ booking: { userId: filter.ownerId } })
  for (const key of ['method', 'provider', 'sensitivity'] as const) {
    const values = filter[key]
    // Prisma takes an empty OR for no condition at all.
    if (values?.length === 0) all.push({ id: { in: [] } })
    else if (values) all.push({ OR: values.map((value) => ({ metadata: { path: [key], equals: value } })) })
  }
  // The ID breaks ties.
  const orderBy: Prisma.ContextSummaryOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }]
  return { where: { AND: all }, orderBy, scope: visibleSummaries(viewer) }
}

/** Reads a summary that is known to exist, with the selected fields. */
export function summaryOf<
  Query extends { include?: Prisma.ContextSummaryInclude; select?: Prisma.ContextSummarySelect },
>(database: Database, id: string, query: Query) {
  return database.contextSummary.findUniqueOrThrow({ ...query, where: { id } })
}

/** The viewer's verdict on a summary, or null. */
export async function findVerdict(
  database: Database,
  viewer: Viewer,
  summaryId: string,
): Promise<'useful' | 'wrong' | null> {
  const found = await database.summaryFeedback.findFirst({ where: { summaryId, userId: viewer.userId } })
  return found?.verdict ?? null
}
