import type { Database, Prisma, Transaction } from '../../src/platform/database/client.ts'
import { newId } from '../../src/platform/ids.ts'

let count = 0

/** A pastor of whom only the ID matters. */
export async function addUser(database: Database): Promise<string> {
  const name = `pastor${++count}`
  const user = await database.user.create({
    data: {
      id: newId(),
      email: `${name}@example.org`,
      name,
      churchName: 'Grace Church',
      role: 'pastor',
      calUserId: name,
      schedulingUsername: name,
      schedulingLink: `https://cal.example.org/${name}`,
    },
  })
  return user.id
}

/** One hour from the given time, by default. */
export function bookingRow(
  userId: string,
  startTime: string,
  overrides: Partial<Prisma.BookingUncheckedCreateInput> = {},
): Prisma.BookingUncheckedCreateInput {
  const calBookingId = ++count
  const starts = new Date(startTime)
  return {
    id: newId(),
    calBookingId,
    calBookingUid: `uid${calBookingId}`,
    userId,
    eventTypeId: 1,
    title: 'A talk',
    startTime: starts,
    endTime: new Date(starts.getTime() + 3_600_000),
    duration: 60,
    ...overrides,
  }
}

export async function addBooking(
  database: Database | Transaction,
  userId: string,
  startTime: string,
  overrides: Partial<Prisma.BookingUncheckedCreateInput> = {},
): Promise<string> {
  return (await database.booking.create({ data: bookingRow(userId, startTime, overrides) })).id
}

/** The partition of each row of a partitioned table, by ID. */
export async function partitionsOf(database: Database, table: string): Promise<Record<string, string>> {
  const rows = await database.$queryRawUnsafe<{ id: string; partition: string }[]>(
    `SELECT id, tableoid::regclass::text AS partition FROM ${table}`,
  )
  return Object.fromEntries(rows.map(({ id, partition }) => [id, partition]))
}
