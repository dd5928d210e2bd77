import type { Viewer } from '../../core/access/viewer.ts'
import type { Database, Prisma } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'
import type { BookingFilter, BookingOrder } from './filter.model.ts'

/** The bookings that a viewer may read: their own, or all for an admin. */
function visibleBookings(viewer: Viewer): Prisma.BookingWhereInput {
  return viewer.role === 'admin' ? {} : { userId: viewer.userId }
}

/** Matches the booking with this ID if the viewer may read it. */
export function visibleBooking(viewer: Viewer, id: string): Prisma.BookingWhereUniqueInput {
  return viewer.role === 'admin' ? { id } : { id, userId: viewer.userId }
}

/** A viewer's bookings that match a filter: for lists, counts, cursors, subscriptions and statistics. */
export function bookingsMatching(viewer: Viewer, filter: BookingFilter): Prisma.BookingWhereInput {
  return { AND: [visibleBookings(viewer), ...conditionsOf(viewer, filter)] }
}

function conditionsOf(viewer: Viewer, filter: BookingFilter): Prisma.BookingWhereInput[] {
  const all: Prisma.BookingWhereInput[] = []
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
  if (filter.and) all.push(...filter.and.flatMap((each) => conditionsOf(viewer, each)))
  const alternatives = filter.or?.map((each) => conditionsOf(viewer, each)) ?? []
  // Without conditions a filter matches everything. Prisma would omit it instead.
  if (alternatives.length > 0 && alternatives.every((conditions) => conditions.length > 0))
    all.push({ OR: alternatives.map((conditions) => ({ AND: conditions })) })
  if (filter.not) all.push(negationOf(conditionsOf(viewer, filter.not)))
  return all
}

function negationOf(conditions: Prisma.BookingWhereInput[]): Prisma.BookingWhereInput {
  // Prisma takes an empty NOT or OR for no condition at all.
  return conditions.length === 0 ? { id: { in: [] } } : { NOT: { AND: conditions } }
}

/** Hidden titles are not searched, so that matches reveal nothing that redaction hides. */
function bookingsNamed(viewer: Viewer, search: string): Prisma.BookingWhereInput {
  const named = escapeLike(search)
  const isLow: Prisma.BookingWhereInput = { sensitivity: 'Low', isAnonymous: false }
  const titleIsShown = viewer.kind === 'person' ? { OR: [{ userId: viewer.userId }, isLow] } : isLow
  return { OR: [{ eventTypeTitle: named }, { AND: [titleIsShown, { title: named }] }] }
}

/** The part of a Prisma query that Pothos derives from the selected fields. */
type Selection = { include?: Prisma.BookingInclude; select?: Prisma.BookingSelect }

/** A list of bookings: its filter, its sort order, and the rows that cursors may point to. */
export function bookingList(
  viewer: Viewer,
  filter: BookingFilter,
  order: BookingOrder = { field: 'startTime', direction: 'asc' },
) {
  // The ID breaks ties.
  const orderBy: Prisma.BookingOrderByWithRelationInput[] = [
    { [order.field]: order.direction },
    { id: order.direction },
  ]
  return { where: bookingsMatching(viewer, filter), orderBy, scope: visibleBookings(viewer) }
}

/** The maximum number of matches of a search that are recorded in the audit log. */
const maxNamed = 10_000

/** The bookings in a list whose attendees are not redacted. A name search that matches them reveals their names. */
export function listNamedBookings(
  database: Database,
  where: Prisma.BookingWhereInput,
): Promise<{ id: string; userId: string }[]> {
  const named = { AND: [where, { sensitivity: 'Low', isAnonymous: false }] } satisfies Prisma.BookingWhereInput
  return database.booking.findMany({ where: named, select: { id: true, userId: true }, take: maxNamed })
}

export function countBookings(database: Database, where: Prisma.BookingWhereInput): Promise<number> {
  return database.booking.count({ where })
}

/** All bookings of a thread that the viewer may read, oldest first. */
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
