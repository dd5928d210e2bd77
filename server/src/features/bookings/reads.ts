import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { containing } from '../../platform/database/containing.ts'
import type { BookingFilter, BookingOrder } from './filter.model.ts'

/** The bookings that exist for a viewer: one's own, or all for an admin. */
export function visibleBookings(viewer: Viewer): Prisma.BookingWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** The one booking of that id, where it exists for the viewer. */
export function visibleBooking(viewer: Viewer, id: string): Prisma.BookingWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, userId: viewer.userId }
}

/** What the viewer asked for, within what exists for the viewer. */
export function bookingsMatching(viewer: Viewer, filter: BookingFilter): Prisma.BookingWhereInput {
  const all: Prisma.BookingWhereInput[] = [visibleBookings(viewer)]
  const { from, to } = filter.startTime ?? {}
  if (from) all.push({ startTime: { gte: from } })
  if (to) all.push({ startTime: { lt: to } })
  if (filter.status) all.push({ status: { in: [...filter.status] } })
  if (filter.sensitivity) all.push({ sensitivity: { in: [...filter.sensitivity] } })
  if (filter.ownerId) all.push({ userId: filter.ownerId })
  if (filter.search) all.push(bookingsNamed(viewer, filter.search))
  return { AND: all }
}

/** A search must not tell by its hits what redaction hides: a hidden title is not searched. */
function bookingsNamed(viewer: Viewer, search: string): Prisma.BookingWhereInput {
  const named = containing(search)
  const isLow: Prisma.BookingWhereInput = { sensitivity: 'Low', isAnonymous: false }
  const titleIsShown = viewer.kind === 'person' ? { OR: [{ userId: viewer.userId }, isLow] } : isLow
  return { OR: [{ eventTypeTitle: named }, { AND: [titleIsShown, { title: named }] }] }
}

/** A part of a Prisma query that Pothos made from what was selected. */
type Selection = { include?: Prisma.BookingInclude; select?: Prisma.BookingSelect }

/** A page of bookings in a stable order: the id settles equal times. */
export function listBookings<Query extends Selection>(
  database: Database,
  where: Prisma.BookingWhereInput,
  order: BookingOrder,
  query: Query,
) {
  const orderBy = [{ [order.field]: order.direction }, { id: order.direction }]
  return database.booking.findMany({ ...query, where, orderBy })
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

export async function isVisibleBooking(database: Database, viewer: Viewer, id: string): Promise<boolean> {
  return (await database.booking.count({ where: { AND: [visibleBookings(viewer), { id }] } })) > 0
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
