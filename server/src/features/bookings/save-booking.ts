import { isDeepStrictEqual } from 'node:util'
import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Transaction } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'
import {
  type ActiveForm,
  readActiveForm,
  readEventTypeSensitivity,
  readSensitivityUnder,
} from '../forms/active-form.reads.ts'
import { recordFormResponse } from '../forms/record-form-response.ts'
import type { BookingRow } from './booking-keys.reads.ts'
import { type ChangedPart, changedParts } from './changed-parts.model.ts'
import {
  bookingMetadataSchema,
  type ClearColumns,
  clearColumnsOf,
  customAnswersOf,
  intakeOf,
} from './clear-columns.model.ts'
import { insertBooking } from './insert-booking.ts'
import { type BookingLife, lifeOf } from './life.model.ts'
import type { LifeEntry, LifeRecord } from './life-record.model.ts'
import { type Sensitivity, sensitivityOf, strictestOf, tellsOfGraveMatters } from './sensitivity.model.ts'
import { updateBooking } from './update-booking.ts'

export type SaveDeps = Readonly<{ vault: Pick<Vault, 'seal' | 'open' | 'digestOf'>; clock: Clock; newId: NewId }>

/** A booking as the transaction found it; a new one has no row. */
export type FoundBooking = Readonly<{ id: string; row: BookingRow; entries: readonly LifeEntry[] }>

/** What is to become of it. */
export type NextBooking = Readonly<{
  entries: readonly LifeEntry[]
  life: BookingLife
  ownerId: string
  /** Cal.com's number, or one of our own making (below zero) where Cal.com's is missing or taken. */
  calBookingId: number
  /** What the pastor sets with this change; what is left out stays as it was set before. */
  set?: Readonly<{ sensitivity?: Sensitivity; isAnonymous?: boolean }>
}>

/** What saving changed. `parts` is empty where the event was kept and told nothing new. */
export type SavedBooking = Readonly<{
  bookingId: string
  ownerId: string
  previousOwnerId: string | null
  isNew: boolean
  parts: readonly ChangedPart[]
  columns: ClearColumns
  audit: readonly AuditEntry[]
}>

/**
 * Writes a booking's row: what is sensitive sealed for its owner, what may stand in clear by its sensitivity, and the
 * answers as a response to its form. A handed-over booking is sealed anew for its new owner.
 */
export async function saveBooking(
  tx: Transaction,
  deps: SaveDeps,
  found: FoundBooking,
  next: NextBooking,
): Promise<SavedBooking> {
  const { id, row } = found
  const inForce = await readActiveForm(tx, next.ownerId, next.life.eventTypeId)
  const columns = await shownColumns(tx, found, next, inForce)
  const before = row === null ? null : lifeOf(found.entries)
  const isHandedOver = row !== null && row.userId !== next.ownerId
  const parts = row === null ? [] : changedParts({ row, columns, before, after: next.life, isHandedOver })

  const record: LifeRecord = { ...intakeOf(next.life), events: [...next.entries] }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: next.ownerId } as const
  const encryptedIntakeData = await deps.vault.seal(JSON.stringify(record), place)
  const { life, ownerId, calBookingId } = next
  const written = { id, ownerId, calBookingId, life, columns, encryptedIntakeData, at: deps.clock.now() }
  await (row === null ? insertBooking(tx, written) : updateBooking(tx, written, row.startTime))

  const audit: AuditEntry[] = [
    {
      action: 'intake.sealed',
      resource: 'booking',
      resourceId: id,
      userId: null,
      bookingId: id,
      origin: null,
      metadata: { sealedDigest: deps.vault.digestOf(encryptedIntakeData) },
    },
  ]
  const answered = customAnswersOf(next.life)
  if (isHandedOver || before === null || isAboutAnotherForm(before, next.life)) {
    const asked = next.life.answers.filter((answer) => answer.isCustom)
    const { eventTypeId, eventTypeTitle } = life
    const known = { inForce, isNew: row === null }
    const given = { ownerId, bookingId: id, eventTypeId, eventTypeTitle, asked, answered, ...known }
    audit.push(...(await recordFormResponse(tx, deps, given)))
  }
  return {
    bookingId: id,
    ownerId: next.ownerId,
    previousOwnerId: row?.userId ?? null,
    isNew: row === null,
    parts,
    columns,
    audit,
  }
}

function isAboutAnotherForm(before: BookingLife, after: BookingLife): boolean {
  const form = (life: BookingLife) => [life.eventTypeId, life.eventTypeTitle, customAnswersOf(life)]
  return !isDeepStrictEqual(form(before), form(after))
}

async function shownColumns(
  tx: Transaction,
  { row }: FoundBooking,
  next: NextBooking,
  inForce: ActiveForm | null,
): Promise<ClearColumns> {
  const { data: before } = bookingMetadataSchema.safeParse(row?.metadata ?? {})
  const pastorSensitivity = next.set?.sensitivity ?? before?.pastorSensitivity ?? null
  const pastorAnonymous = next.set?.isAnonymous ?? before?.pastorAnonymous ?? false
  const sensitivity = sensitivityOf({
    pastor: pastorSensitivity,
    eventType: await eventTypeSensitivity(tx, next, inForce),
    isGrave: tellsOfGraveMatters(next.entries),
  })
  return clearColumnsOf(next.life, { sensitivity, pastorSensitivity, pastorAnonymous })
}

/**
 * The setting of the event type. One that was handed over was booked as an event type of its host's: a colleague's form
 * of the same number may be stricter, but must not lower it.
 */
async function eventTypeSensitivity(
  tx: Transaction,
  { life: { hostId, eventTypeId }, ownerId }: NextBooking,
  inForce: ActiveForm | null,
): Promise<Sensitivity | null> {
  const own = await readSensitivityUnder(tx, inForce, ownerId, eventTypeId)
  if (hostId === null || hostId === ownerId) return own ?? null
  return strictestOf([own ?? null, (await readEventTypeSensitivity(tx, hostId, eventTypeId)) ?? null])
}
