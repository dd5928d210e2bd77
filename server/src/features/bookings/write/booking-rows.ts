import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { Clock } from '../../../platform/clock.ts'
import { Prisma } from '../../../platform/database/client.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { type ResponseRow, upsertResponses } from '../../forms/form-responses.ts'
import {
  bookedAtOf,
  carriedFloor,
  carriedIn,
  carriedPastorSensitivity,
  isMoved,
  isMovedUnverified,
} from '../lifecycle/carry-over.model.ts'
import type { CarriedOver, EventLog, LogEntry } from '../lifecycle/event-log.model.ts'
import type { FoldedBooking } from '../lifecycle/fold.model.ts'
import type { PersonalIdentifiers } from '../lifecycle/personal-identifiers.model.ts'
import {
  bookingMetadataSchema,
  intakeOf,
  type PlaintextColumns,
  plaintextColumnsOf,
} from '../lifecycle/plaintext-columns.model.ts'
import type { EventTypeTexts } from '../lifecycle/plaintext-texts.model.ts'
import { mentionsGraveMatters, type Sensitivity, sensitivityOf, strictestOf } from '../lifecycle/sensitivity.model.ts'

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
  folded: FoldedBooking
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
  folded: FoldedBooking
  columns: PlaintextColumns
  encryptedIntakeData: string
  at: Date
}>

/** The columns of `bookings` written with every change. */
const writtenColumns = [
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
function columnsOf({ id, ownerId, calBookingId, folded, columns, encryptedIntakeData, at }: BookingRow) {
  const own = { userId: ownerId, calBookingId, calBookingUid: folded.uid, encryptedIntakeData }
  return { ...columns, ...own, id, createdAt: at, updatedAt: at }
}

/**
 * Inserts new bookings, their keys and their form responses in one statement. Each key is inserted first, with
 * identifiers that `bookings` has no columns for: the trigger on `bookings` then finds the key and leaves it unchanged.
 */
export async function insertBookings(
  tx: SqlTransaction,
  bookings: readonly BookingRow[],
  responses: readonly ResponseRow[],
): Promise<void> {
  if (bookings.length === 0) {
    if (responses.length > 0) await tx.$executeRaw(upsertResponses(responses))
    return
  }
  const keys = bookings.map(({ id, calBookingId, folded }) => ({
    id,
    calBookingId,
    calBookingUid: folded.uid,
    startTime: folded.startTime,
    threadId: id,
    iCalUid: folded.iCalUid,
    rescheduledFromUid: folded.rescheduledFromUid,
  }))
  await tx.$executeRaw`
    WITH key AS (
      INSERT INTO booking_keys
      SELECT * FROM json_populate_recordset(NULL::booking_keys, ${JSON.stringify(keys)}::json)
      RETURNING id
    ), response AS (${upsertResponses(responses)})
    INSERT INTO bookings
    SELECT b.*
    FROM json_populate_recordset(NULL::bookings, ${JSON.stringify(bookings.map(columnsOf))}::json) AS b
    JOIN key USING (id)`
}

/** A changed booking, and the current start time of its row. A new start time may move the row to another partition. */
export type ChangedRow = Readonly<{ booking: BookingRow; startTime: Date }>

const columnNames = [...writtenColumns, 'updatedAt'].map((name) => `"${name}"`)
const written = Prisma.raw(columnNames.join(', '))
const given = Prisma.raw(columnNames.map((name) => `given.${name}`).join(', '))

/** Updates the rows of bookings and the identifiers in their keys. */
export async function updateBookings(tx: SqlTransaction, changed: readonly ChangedRow[]): Promise<void> {
  for (const { booking, startTime } of changed) {
    const { id, folded } = booking
    // Both parts of the key, so that PostgreSQL scans only one partition.
    await tx.$executeRaw`
      UPDATE bookings b SET (${written}) = ROW(${given})
      FROM json_populate_record(NULL::bookings, ${JSON.stringify(columnsOf(booking))}::json) AS given
      WHERE b.id = ${id}::uuid AND b."startTime" = ${startTime}::timestamptz`
    await tx.$executeRaw`
      UPDATE booking_keys SET "iCalUid" = ${folded.iCalUid}, "rescheduledFromUid" = ${folded.rescheduledFromUid}
      WHERE id = ${id}::uuid`
  }
}

const storedColumns = Prisma.raw(['id', ...writtenColumns].map((name) => `"${name}"`).join(', '))

/**
 * Reads a booking's row, and locks its key until the transaction ends, so that other changes and summaries of the
 * booking wait. Null if there is no such booking.
 */
export async function readStoredBooking(tx: SqlTransaction, id: string): Promise<StoredBooking | null> {
  const [key] = await tx.$queryRaw<{ startTime: Date }[]>`
    SELECT "startTime" FROM booking_keys WHERE id = ${id}::uuid FOR UPDATE`
  if (key === undefined) return null
  // Both parts of the key, so that PostgreSQL scans only one partition.
  const [row] = await tx.$queryRaw<StoredBooking[]>`
    SELECT ${storedColumns} FROM bookings WHERE id = ${id}::uuid AND "startTime" = ${key.startTime}::timestamptz`
  return row ?? null
}

/** The sensitivity that the pastor set for an event type, and the pastor's texts for it. Null if unknown. */
export type EventTypeAsKnown = Readonly<{ sensitivity: Sensitivity | null; texts: EventTypeTexts | null }>

/** The row as stored. Null for a new booking. */
type Found = Readonly<{ id: string; row: Readonly<{ metadata: unknown }> | null }>

/**
 * Builds a booking's row and its audit entry. The event log is encrypted for the owner. The plaintext columns contain
 * what the sensitivity permits, which depends on the event type and on the pastor's own setting. Writes nothing.
 */
export async function encryptBooking(
  { vault, clock }: Readonly<{ vault: Pick<Vault, 'encrypt' | 'digestOf'>; clock: Clock }>,
  found: Found,
  next: ProjectedBooking,
  eventType: EventTypeAsKnown,
  identifiers: PersonalIdentifiers,
): Promise<Readonly<{ written: BookingRow; sealed: AuditEntry }>> {
  const { id } = found
  const { entries, folded, ownerId, calBookingId } = next
  const record: EventLog = { ...intakeOf(folded), events: [...entries] }
  const aadContext = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId } as const
  const encryptedIntakeData = await vault.encrypt(JSON.stringify(record), aadContext)
  const columns = shownColumns(found, next, eventType, identifiers)
  return {
    written: { id, ownerId, calBookingId, folded, columns, encryptedIntakeData, at: clock.now() },
    sealed: {
      action: 'intake.sealed',
      resource: 'booking',
      resourceId: id,
      userId: null,
      bookingId: id,
      origin: null,
      metadata: { sealedDigest: vault.digestOf(encryptedIntakeData) },
    },
  }
}

function shownColumns(
  { row }: Found,
  { entries, folded, set }: ProjectedBooking,
  eventType: EventTypeAsKnown,
  identifiers: PersonalIdentifiers,
): PlaintextColumns {
  const { data: before } = bookingMetadataSchema.safeParse(row?.metadata ?? {})
  const pastorSensitivity = set?.sensitivity ?? before?.pastorSensitivity ?? null
  const pastorAnonymous = set?.isAnonymous ?? before?.pastorAnonymous ?? false
  const isAnonymityDecided = set?.isAnonymous !== undefined || before?.isAnonymityDecided === true
  const carried = carriedIn(entries)
  const wasAnonymous = carried.some((each) => each.isAnonymous || each.pastorAnonymous)
  const sensitivity = sensitivityOf({
    pastor: pastorSensitivity,
    eventType: eventType.sensitivity,
    isGrave: mentionsGraveMatters(entries) || isMovedUnverified(entries),
    earlierPastor: earlierPastorSensitivity(folded, carried, eventType.sensitivity),
    floor: carriedFloor(carried),
  })
  const shownAs = { sensitivity, pastorSensitivity, pastorAnonymous, isAnonymityDecided, wasAnonymous }
  return plaintextColumnsOf(folded, shownAs, eventType.texts, identifiers, {
    isMoved: isMoved(entries),
    bookedAt: bookedAtOf(entries),
  })
}

/**
 * The sensitivity that the pastor set for an earlier booking of the thread, raised if this booking's event type is
 * stricter. Null if none was set.
 */
function earlierPastorSensitivity(
  { eventTypeId }: FoldedBooking,
  carried: readonly CarriedOver[],
  eventType: Sensitivity | null,
): Sensitivity | null {
  const set = carriedPastorSensitivity(carried)
  const isSameType = carried.every((each) => each.eventTypeId === eventTypeId)
  return set === null || isSameType ? set : strictestOf([set, eventType])
}
