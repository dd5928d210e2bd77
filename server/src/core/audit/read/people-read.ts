import { createMicroBatcher } from '../../../platform/concurrency/micro-batcher.ts'
import type { Database } from '../../../platform/database/client.ts'
import type { Origin, Viewer } from '../../access/viewer.ts'
import { AuditUnavailableError } from '../errors.ts'
import { type AuditEntry, recordAudit } from '../record.ts'

/** A booking whose people were shown, and its owner. */
export type BookingPeople = Readonly<{ bookingId: string; ownerId: string }>

/** The bookings whose people one answer names; each counts once. */
export type PeopleNotes = Readonly<{
  note(viewer: Viewer, booking: BookingPeople): void
  isEmpty(): boolean
  /** Adds the contents of other notes. */
  take(other: PeopleNotes): void
  /** The bookings for each viewer and owner. */
  all(): readonly Readonly<{ userId: string; ownerId: string; bookings: ReadonlySet<string> }>[]
}>

type NotedPeople = { userId: string; ownerId: string; bookings: Set<string> }

export function createPeopleNotes(): PeopleNotes {
  // Allocated with the first note: most answers name nobody.
  let notes: Map<string, NotedPeople> | null = null

  function noteFor(userId: string, ownerId: string): NotedPeople {
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

/** How the people were sent: in an answer, a subscription event, or a message to an endpoint. */
type PeopleChannel = Readonly<{ via: 'answer' | 'event' | 'webhook'; origin: Origin; endpointId?: string }>

/** Records that an admin or a token received unredacted people: one entry per pastor, with the count. */
export type PeopleRead = Readonly<{
  /** @throws AuditUnavailableError when the log can't be written: then nothing may be sent */
  record(notes: PeopleNotes, channel: PeopleChannel): Promise<void>
}>

/** Concurrent answers share a transaction. */
export function createPeopleRead({ database }: Readonly<{ database: Database }>): PeopleRead {
  const write = createMicroBatcher<AuditEntry, null>({
    maxConcurrent: 2,
    maxBatchSize: 500,
    maxQueued: 5_000,
    maxWaitMs: 10_000,
    tooLate: () => new AuditUnavailableError(),
    work: async (entries) => {
      await database.$transaction((tx) => recordAudit(tx, entries))
      return entries.map(() => null)
    },
    isFaultOfOne: () => false,
  })
  return {
    record: async (notes, channel) => {
      await write(entriesOf(notes, channel))
    },
  }
}

function entriesOf(notes: PeopleNotes, { via, origin, endpointId }: PeopleChannel): AuditEntry[] {
  return notes.all().map(({ userId, ownerId, bookings }) => {
    const [bookingId] = bookings
    return {
      action: 'people.read',
      resource: 'user',
      // The owner of the bookings: the entry appears in their log, whoever asked.
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
