import type { Viewer } from '../../../core/access/viewer.ts'
import type { Prisma } from '../../../platform/database/client.ts'
import type { FormResponseFilter } from './filter.model.ts'

/** The responses that a viewer may read: those to their own bookings, or all for an admin. */
export function visibleFormResponses(viewer: Viewer): Prisma.FormResponseWhereInput {
  return viewer.role === 'admin' ? {} : { booking: { userId: viewer.userId } }
}

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

/** A list of responses: its filter, its sort order, and the rows that cursors may point to. */
export function responseList(viewer: Viewer, filter: FormResponseFilter, direction: 'asc' | 'desc' = 'desc') {
  // The ID breaks ties.
  const orderBy: Prisma.FormResponseOrderByWithRelationInput[] = [{ createdAt: direction }, { id: direction }]
  return { where: responsesMatching(viewer, filter), orderBy, scope: visibleFormResponses(viewer) }
}
