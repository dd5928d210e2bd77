import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import { bookingMetadataSchema, type ClearColumns, clearColumnsOf, intakeOf } from './clear-columns.model.ts'
import type { BookingLife } from './life.model.ts'
import type { LifeEntry, LifeRecord } from './life-record.model.ts'
import { type Sensitivity, sensitivityOf, tellsOfGraveMatters } from './sensitivity.model.ts'
import type { WrittenBooking } from './written-booking.model.ts'

/** What is to become of a booking. */
export type NextBooking = Readonly<{
  entries: readonly LifeEntry[]
  life: BookingLife
  ownerId: string
  /** Cal.com's number, or one of our own making (below zero) where Cal.com's is missing or taken. */
  calBookingId: number
  /** What the pastor sets with this change; what is left out stays as it was set before. */
  set?: Readonly<{ sensitivity?: Sensitivity; isAnonymous?: boolean }>
}>

/** What its row says so far; a new one has none. */
type Found = Readonly<{ id: string; row: Readonly<{ metadata: unknown }> | null }>

/**
 * A booking as its row will hold it: its record sealed for its owner, and in clear what may stand there by the setting of
 * its event type and by what its pastor set. With it the entry for the log. Writes nothing.
 */
export async function sealBooking(
  { vault, clock }: Readonly<{ vault: Pick<Vault, 'seal' | 'digestOf'>; clock: Clock }>,
  found: Found,
  next: NextBooking,
  eventType: Sensitivity | null,
): Promise<Readonly<{ written: WrittenBooking; sealed: AuditEntry }>> {
  const { id } = found
  const { entries, life, ownerId, calBookingId } = next
  const record: LifeRecord = { ...intakeOf(life), events: [...entries] }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId } as const
  const encryptedIntakeData = await vault.seal(JSON.stringify(record), place)
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

function shownColumns({ row }: Found, next: NextBooking, eventType: Sensitivity | null): ClearColumns {
  const { data: before } = bookingMetadataSchema.safeParse(row?.metadata ?? {})
  const pastorSensitivity = next.set?.sensitivity ?? before?.pastorSensitivity ?? null
  const pastorAnonymous = next.set?.isAnonymous ?? before?.pastorAnonymous ?? false
  const isGrave = tellsOfGraveMatters(next.entries)
  const sensitivity = sensitivityOf({ pastor: pastorSensitivity, eventType, isGrave })
  return clearColumnsOf(next.life, { sensitivity, pastorSensitivity, pastorAnonymous })
}
