import type { LogEntry } from '../lifecycle/event-log.model.ts'
import type { FoldedBooking } from '../lifecycle/fold.model.ts'
import type { PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'
import type { Sensitivity } from '../lifecycle/sensitivity.model.ts'

type JsonColumns = 'attendees' | 'attendeeEmails' | 'attendeeNames' | 'metadata'

/** A booking's row, as read from the database. */
export type StoredBooking = Readonly<Omit<PlaintextColumns, JsonColumns | 'redactedDescription'>> &
  Readonly<Record<JsonColumns, unknown>> &
  Readonly<{
    id: string
    userId: string
    calBookingId: number
    calBookingUid: string | null
    redactedDescription: string | null
    /** Null if retention has emptied the booking. */
    encryptedIntakeData: string | null
  }>

/** A booking as read in this transaction. A new one has no row and no events. */
export type FoundBooking = Readonly<{ id: string; row: StoredBooking | null; entries: readonly LogEntry[] }>

/** The new state of a booking. */
export type ProjectedBooking = Readonly<{
  entries: readonly LogEntry[]
  life: FoldedBooking
  ownerId: string
  /** Cal.com's booking number, or a negative one if Cal.com's is missing or taken. */
  calBookingId: number
  /** What the pastor sets with this change. Omitted values stay unchanged. */
  set?: Readonly<{ sensitivity?: Sensitivity; isAnonymous?: boolean }>
}>

/** Everything that is written for a booking: its row, and the identifiers in its key. */
export type BookingRow = Readonly<{
  id: string
  ownerId: string
  calBookingId: number
  life: FoldedBooking
  columns: PlaintextColumns
  encryptedIntakeData: string
  at: Date
}>

/** The columns of `bookings` written with every change. */
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

/** A row as an object of its columns. */
export function columnsOf({ id, ownerId, calBookingId, life, columns, encryptedIntakeData, at }: BookingRow) {
  const own = { userId: ownerId, calBookingId, calBookingUid: life.uid, encryptedIntakeData }
  return { ...columns, ...own, id, createdAt: at, updatedAt: at }
}
