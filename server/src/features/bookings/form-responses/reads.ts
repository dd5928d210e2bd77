import type { Viewer } from '../../../core/access/viewer.ts'
import type { Database, Prisma } from '../../../platform/database/client.ts'
import type { FormResponseFilter } from './filter.model.ts'

/** The responses that exist for a viewer: those to one's own bookings, or all for an admin. */
export function visibleFormResponses(viewer: Viewer): Prisma.FormResponseWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}

export async function isResponseTo(database: Database, bookingId: string, id: string): Promise<boolean> {
  return (await database.formResponse.count({ where: { id, bookingId } })) > 0
}

type ResponseSelection = { include?: Prisma.FormResponseInclude; select?: Prisma.FormResponseSelect }

/** What the viewer asked for, within what exists for the viewer. */
function responsesMatching(viewer: Viewer, filter: FormResponseFilter): Prisma.FormResponseWhereInput {
  const all: Prisma.FormResponseWhereInput[] = [visibleFormResponses(viewer)]
  const { from, to } = filter.createdAt ?? {}
  if (filter.formId) all.push({ formId: { in: [...filter.formId] } })
  if (filter.bookingId) all.push({ bookingId: { in: [...filter.bookingId] } })
  if (from) all.push({ createdAt: { gte: from } })
  if (to) all.push({ createdAt: { lt: to } })
  return { AND: all }
}

/** A list of responses: which, in what order, and from which rows it can be paged. */
export function responseList(viewer: Viewer, filter: FormResponseFilter, direction: 'asc' | 'desc' = 'desc') {
  // The id settles equal times.
  const orderBy: Prisma.FormResponseOrderByWithRelationInput[] = [{ createdAt: direction }, { id: direction }]
  return { where: responsesMatching(viewer, filter), orderBy, within: visibleFormResponses(viewer) }
}

/** A page of a list. */
export function listResponses<Query extends ResponseSelection>(
  database: Database,
  { where, orderBy }: Pick<ReturnType<typeof responseList>, 'where' | 'orderBy'>,
  query: Query,
) {
  return database.formResponse.findMany({ ...query, where, orderBy })
}

export function countResponses(database: Database, where: Prisma.FormResponseWhereInput): Promise<number> {
  return database.formResponse.count({ where })
}

export async function isVisibleResponse(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.formResponse.count({ where: { AND: [visibleFormResponses(viewer), { id }] } })) > 0
}
