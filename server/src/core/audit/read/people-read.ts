import { createMicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Origin, Viewer } from '../../access/viewer.ts'
import { AuditUnavailableError } from '../errors.ts'
import { type AuditEntry, recordAudit } from '../record.ts'

/** A booking whose people somebody was shown, and whose it is. */
export type BookingPeople = Readonly<{ bookingId: string; ownerId: string }>

/** Whose people one answer names: each booking counts once. */
export type PeopleNotes = Readonly<{
  note(viewer: Viewer, booking: BookingPeople): void
  isEmpty(): boolean
  /** Adds what other notes hold. */
  take(other: PeopleNotes): void
  /** For each viewer and owner the bookings. */
  all(): readonly Readonly<{ userId: string; ownerId: string; bookings: ReadonlySet<string> }>[]
}>

type Noted = { userId: string; ownerId: string; bookings: Set<string> }

export function createPeopleNotes(): PeopleNotes {
  // Made with the first note: most answers name nobody.
  let notes: Map<string, Noted> | null = null

  function noteFor(userId: string, ownerId: string): Noted {
    notes ??= new Map()
    const key = `${userId} ${ownerId}`
    const known = notes.get(key) ?? { userId, ownerId, bookings: new Set<string>() }
    notes.set(key, known)
    return known
  }

  return {
    note: ({ userId }, { bookingId, ownerId }) => void noteFor(userId, ownerId).bookings.add(bookingId),
    isEmpty: () => notes === null,
    take: (other) => {
      for (const { userId, ownerId, bookings } of other.all()) {
        const own = noteFor(userId, ownerId)
        for (const bookingId of bookings) own.bookings.add(bookingId)
      }
    },
    all: () => [...(notes?.values() ?? [])],
  }
}

/** By what the people left: an answer, an event of a subscription, or a message of an endpoint. */
type PeopleWay = Readonly<{ via: 'answer' | 'event' | 'webhook'; origin: Origin; endpointId?: string }>

/** Puts on record that an admin or a token got people in clear: one entry for each pastor concerned, with the number. */
export type PeopleRead = Readonly<{
  /** @throws AuditUnavailableError where the log can't be written: then nothing may leave */
  record(notes: PeopleNotes, way: PeopleWay): Promise<void>
}>

/** Answers that end at the same moment share a transaction. */
export function createPeopleRead({ database }: Readonly<{ database: Database }>): PeopleRead {
  const write = createMicroBatcher<AuditEntry, null>({
    atOnce: 2,
    size: 500,
    waiting: 5_000,
    longestWaitMs: 10_000,
    tooLate: () => new AuditUnavailableError(),
    work: async (entries) => {
      await database.$transaction((tx) => recordAudit(tx, entries))
      return entries.map(() => null)
    },
    isFaultOfOne: () => false,
  })
  return {
    record: async (notes, way) => {
      await write(entriesOf(notes, way))
    },
  }
}

function entriesOf(notes: PeopleNotes, { via, origin, endpointId }: PeopleWay): AuditEntry[] {
  return notes.all().map(({ userId, ownerId, bookings }) => {
    const [bookingId] = bookings
    return {
      action: 'people.read',
      resource: 'user',
      // Whose bookings they are: their log shows it, whoever asked.
      resourceId: ownerId,
      userId,
      bookingId: null,
      origin,
      metadata: {
        via,
        bookings: bookings.size,
        ...(bookings.size === 1 && { bookingId }),
        ...(endpointId !== undefined && { endpointId }),
      },
    }
  })
}
