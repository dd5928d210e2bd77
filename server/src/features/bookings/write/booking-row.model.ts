import type { LogEntry } from '../lifecycle/event-log.model.ts'
import type { FoldedBooking } from '../lifecycle/fold.model.ts'
import type { PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'
import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'

type JsonColumns = 'attendees' | 'attendeeEmails' | 'attendeeNames' | 'metadata'

/** A booking's row as the database returns it. */
export type StoredBooking = Readonly<Omit<PlaintextColumns, JsonColumns | 'redactedDescription'>> &
  Readonly<Record<JsonColumns, unknown>> &
  Readonly<{
    id: string
    userId: string
    calBookingId: number
    calBookingUid: string | null
    redactedDescription: string | null
    /** Null where retention has emptied the booking. */
    encryptedIntakeData: string | null
  }>

/** A booking as the transaction found it; a new one has no row and no events. */
export type FoundBooking = Readonly<{ id: string; row: StoredBooking | null; entries: readonly LogEntry[] }>

/** What a booking becomes. */
export type ProjectedBooking = Readonly<{
  entries: readonly LogEntry[]
  life: FoldedBooking
  ownerId: string
  /** Cal.com's number, or one of our own (below zero) where Cal.com's is missing or taken. */
  calBookingId: number
  /** What the pastor sets with this change; what is left out stays as it was set before. */
  set?: Readonly<{ sensitivity?: Sensitivity; isAnonymous?: boolean }>
}>

/** All that is written of a booking: its row, and the identifiers in its key. */
export type BookingRow = Readonly<{
  id: string
  ownerId: string
  calBookingId: number
  life: FoldedBooking
  columns: PlaintextColumns
  encryptedIntakeData: string
  at: Date
}>

/** The columns of `bookings` that are written with every change. */
export const writtenColumns = [
  'userId',
  'calBookingId',
  'calBookingUid',
  'eventTypeId',
  'eventTypeTitle',
  'eventTypeSlug',
  'title',
  'description',
  'startTime',
  'endTime',
  'timeZone',
  'duration',
  'location',
  'attendees',
  'attendeeEmails',
  'attendeeNames',
  'sensitivity',
  'isAnonymous',
  'redactedDescription',
  'metadata',
  'status',
  'encryptedIntakeData',
] as const satisfies readonly (keyof StoredBooking)[]

/** A row by the names of its columns. */
export function columnsOf({ id, ownerId, calBookingId, life, columns, encryptedIntakeData, at }: BookingRow) {
  const own = { userId: ownerId, calBookingId, calBookingUid: life.uid, encryptedIntakeData }
  return { ...columns, ...own, id, createdAt: at, updatedAt: at }
}
