import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { Clock } from '../../../platform/clock.ts'
import {
  bookedAtOf,
  carriedFloor,
  carriedIn,
  carriedPastorSensitivity,
  isMoved,
  isMovedUnverified,
} from '../lifecycle/carry-over.model.ts'
import type { CarriedOver, EventLog } from '../lifecycle/event-log.model.ts'
import type { FoldedBooking } from '../lifecycle/fold.model.ts'
import {
  bookingMetadataSchema,
  intakeOf,
  type PlaintextColumns,
  plaintextColumnsOf,
} from '../lifecycle/plaintext-columns.model.ts'
import type { EventTypeTexts } from '../lifecycle/plaintext-texts.model.ts'
import { mentionsGraveMatters, type Sensitivity, sensitivityOf, strictestOf } from '../lifecycle/sensitivity.model.ts'
import type { BookingRow, ProjectedBooking } from './booking-row.model.ts'

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
): Promise<Readonly<{ written: BookingRow; sealed: AuditEntry }>> {
  const { id } = found
  const { entries, life, ownerId, calBookingId } = next
  const record: EventLog = { ...intakeOf(life), events: [...entries] }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId } as const
  const encryptedIntakeData = await vault.encrypt(JSON.stringify(record), place)
  const columns = shownColumns(found, next, eventType)
  return {
    written: { id, ownerId, calBookingId, life, columns, encryptedIntakeData, at: clock.now() },
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
  { entries, life, set }: ProjectedBooking,
  eventType: EventTypeAsKnown,
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
    earlierPastor: earlierPastorSensitivity(life, carried, eventType.sensitivity),
    floor: carriedFloor(carried),
  })
  const shownAs = { sensitivity, pastorSensitivity, pastorAnonymous, isAnonymityDecided, wasAnonymous }
  return plaintextColumnsOf(life, shownAs, eventType.texts, {
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
