import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'
import type { BookingFilter, BookingOrder } from './filter.model.ts'

/** The bookings that exist for a viewer: one's own, or all for an admin. */
function visibleBookings(viewer: Viewer): Prisma.BookingWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The one booking of that id, where it exists for the viewer. */
export function visibleBooking(viewer: Viewer, id: string): Prisma.BookingWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, userId: viewer.userId }
}

/** What the viewer asked for, within what exists for the viewer. conditions.reads.ts says the same in SQL. */
export function bookingsMatching(viewer: Viewer, filter: BookingFilter): Prisma.BookingWhereInput {
  const all: Prisma.BookingWhereInput[] = [visibleBookings(viewer)]
  for (const column of ['startTime', 'createdAt', 'updatedAt'] as const) {
    const { from, to } = filter[column] ?? {}
    if (from) all.push({ [column]: { gte: from } })
    if (to) all.push({ [column]: { lt: to } })
  }
  const { min, max } = filter.duration ?? {}
  if (min != null) all.push({ duration: { gte: min } })
  if (max != null) all.push({ duration: { lte: max } })
  if (filter.ids) all.push({ id: { in: [...filter.ids] } })
  if (filter.status) all.push({ status: { in: [...filter.status] } })
  if (filter.sensitivity) all.push({ sensitivity: { in: [...filter.sensitivity] } })
  if (filter.eventTypeId) all.push({ eventTypeId: { in: [...filter.eventTypeId] } })
  if (filter.isAnonymous != null) all.push({ isAnonymous: filter.isAnonymous })
  if (filter.hasSummary != null) all.push({ contextSummaries: filter.hasSummary ? { some: {} } : { none: {} } })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  if (filter.search) all.push(bookingsNamed(viewer, filter.search))
  return { AND: all }
}

/** A search must not tell by its hits what redaction hides: a hidden title is not searched. */
function bookingsNamed(viewer: Viewer, search: string): Prisma.BookingWhereInput {
  const named = escapeLike(search)
  const isLow: Prisma.BookingWhereInput = { sensitivity: 'Low', isAnonymous: false }
  const titleIsShown = viewer.kind === 'person' ? { OR: [{ userId: viewer.userId }, isLow] } : isLow
  return { OR: [{ eventTypeTitle: named }, { AND: [titleIsShown, { title: named }] }] }
}

/** A part of a Prisma query that Pothos made from what was selected. */
type Selection = { include?: Prisma.BookingInclude; select?: Prisma.BookingSelect }

/** A list of bookings: which, in what order, and from which rows it can be paged. */
export function bookingList(
  viewer: Viewer,
  filter: BookingFilter,
  order: BookingOrder = { field: 'startTime', direction: 'asc' },
) {
  // The id settles equal times.
  const orderBy: Prisma.BookingOrderByWithRelationInput[] = [
    { [order.field]: order.direction },
    { id: order.direction },
  ]
  return { where: bookingsMatching(viewer, filter), orderBy, scope: visibleBookings(viewer) }
}

/** Rows that a search is put on record for at most. */
const mostNamed = 10_000

/** Those of a list whose people anybody may see who may see the list: a search of it tells of their names. */
export function listNamedBookings(
  database: Database,
  where: Prisma.BookingWhereInput,
): Promise<{ id: string; userId: string }[]> {
  const named = { AND: [where, { sensitivity: 'Low', isAnonymous: false }] } satisfies Prisma.BookingWhereInput
  return database.booking.findMany({ where: named, select: { id: true, userId: true }, take: mostNamed })
}

export function countBookings(database: Database, where: Prisma.BookingWhereInput): Promise<number> {
  return database.booking.count({ where })
}

/** Every booking of a thread that exists for the viewer, oldest first. */
export function threadOf<Query extends Selection>(database: Database, viewer: Viewer, threadId: string, query: Query) {
  return database.booking.findMany({
    ...query,
    where: { AND: [visibleBookings(viewer), { key: { threadId } }] },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
}

/** One booking that exists for the viewer, or null. */
export function findVisibleBooking<Query extends Selection>(
  database: Database,
  viewer: Viewer,
  id: string,
  query: Query,
) {
  return database.booking.findUnique({ ...query, where: visibleBooking(viewer, id) })
}
