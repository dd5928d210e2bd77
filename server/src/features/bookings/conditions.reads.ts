import type { Viewer } from '../../core/access/viewer.ts'
import { Prisma } from '../../platform/database/client.ts'
import { escapeLike } from '../../platform/database/escape-like.ts'
import type { BookingFilter } from './filter.model.ts'

/** The conditions of `bookingsMatching` as SQL on a row `b` of bookings, for statements that Prisma can't express. */
export function bookingConditions(viewer: Viewer, filter: BookingFilter): Prisma.Sql {
  const all: Prisma.Sql[] = [
    viewer.role === 'admin' ? Prisma.sql`true` : Prisma.sql`b."userId" = ${viewer.userId}::uuid`,
  ]
  for (const column of ['startTime', 'createdAt', 'updatedAt'] as const) {
    const { from, to } = filter[column] ?? {}
    const name = Prisma.raw(`b."${column}"`)
    if (from) all.push(Prisma.sql`${name} >= ${from}`)
    if (to) all.push(Prisma.sql`${name} < ${to}`)
  }
  const { min, max } = filter.duration ?? {}
  if (min != null) all.push(Prisma.sql`b.duration >= ${min}::int`)
  if (max != null) all.push(Prisma.sql`b.duration <= ${max}::int`)
  if (filter.ids) all.push(Prisma.sql`b.id = ANY(${[...filter.ids]}::uuid[])`)
  if (filter.status) all.push(Prisma.sql`b.status = ANY(${[...filter.status]}::"BookingStatus"[])`)
  if (filter.sensitivity) all.push(Prisma.sql`b.sensitivity = ANY(${[...filter.sensitivity]}::"Sensitivity"[])`)
  if (filter.eventTypeId) all.push(Prisma.sql`b."eventTypeId" = ANY(${[...filter.eventTypeId]}::int[])`)
  if (filter.isAnonymous != null) all.push(Prisma.sql`b."isAnonymous" = ${filter.isAnonymous}`)
  if (filter.hasSummary != null) {
    const exists = Prisma.sql`EXISTS (SELECT FROM context_summaries s WHERE s."bookingId" = b.id)`
    all.push(filter.hasSummary ? exists : Prisma.sql`NOT ${exists}`)
  }
  if (filter.ownerId) all.push(Prisma.sql`b."userId" = ${filter.ownerId}::uuid`)
  if (filter.search) all.push(named(viewer, filter.search))
  return Prisma.join(all, ' AND ')
}

/** Hidden titles are not searched, so that matches reveal nothing that redaction hides. */
function named(viewer: Viewer, search: string): Prisma.Sql {
  const pattern = `%${escapeLike(search).contains}%`
  const isLow = Prisma.sql`(b.sensitivity = 'Low' AND NOT b."isAnonymous")`
  const isShown = viewer.kind === 'person' ? Prisma.sql`(b."userId" = ${viewer.userId}::uuid OR ${isLow})` : isLow
  return Prisma.sql`(b."eventTypeTitle" ILIKE ${pattern} OR (${isShown} AND b.title ILIKE ${pattern}))`
}
