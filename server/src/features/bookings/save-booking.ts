import { isDeepStrictEqual } from 'node:util'
import type { AuditEntry } from '../../core/audit/record.ts'
import type { Vault } from '../../core/vault/vault.ts'
import type { Clock } from '../../platform/clock.ts'
import { Prisma, type Transaction } from '../../platform/database/client.ts'
import type { NewId } from '../../platform/ids.ts'
import { readEventTypeSensitivity } from '../forms/active-form.reads.ts'
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
import { type BookingLife, lifeOf } from './life.model.ts'
import type { LifeEntry, LifeRecord } from './life-record.model.ts'
import { type Sensitivity, sensitivityOf, strictestOf, tellsOfGraveMatters } from './sensitivity.model.ts'

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
  const columns = await shownColumns(tx, found, next)
  const before = row === null ? null : lifeOf(found.entries)
  const isHandedOver = row !== null && row.userId !== next.ownerId
  const parts = row === null ? [] : changedParts({ row, columns, before, after: next.life, isHandedOver })

  const record: LifeRecord = { ...intakeOf(next.life), events: [...next.entries] }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: next.ownerId } as const
  const encryptedIntakeData = await deps.vault.seal(JSON.stringify(record), place)
  await writeRow(tx, deps, found, next, { ...columns, encryptedIntakeData })

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
    const { eventTypeId, eventTypeTitle } = next.life
    const given = { ownerId: next.ownerId, bookingId: id, eventTypeId, eventTypeTitle, asked, answered }
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

async function shownColumns(tx: Transaction, { row }: FoundBooking, next: NextBooking): Promise<ClearColumns> {
  const { data: before } = bookingMetadataSchema.safeParse(row?.metadata ?? {})
  const pastorSensitivity = next.set?.sensitivity ?? before?.pastorSensitivity ?? null
  const pastorAnonymous = next.set?.isAnonymous ?? before?.pastorAnonymous ?? false
  const sensitivity = sensitivityOf({
    pastor: pastorSensitivity,
    eventType: await eventTypeSensitivity(tx, next),
    isGrave: tellsOfGraveMatters(next.entries),
  })
  return clearColumnsOf(next.life, { sensitivity, pastorSensitivity, pastorAnonymous })
}

/**
 * The setting of the event type. One that was handed over was booked as an event type of its host's: a colleague's form
 * of the same number may be stricter, but must not lower it.
 */
async function eventTypeSensitivity(tx: Transaction, { life, ownerId }: NextBooking): Promise<Sensitivity | null> {
  const owners = new Set([ownerId, life.hostId ?? ownerId])
  const settings: (Sensitivity | null)[] = []
  for (const userId of owners) {
    settings.push((await readEventTypeSensitivity(tx, userId, life.eventTypeId)) ?? null)
  }
  return strictestOf(settings)
}

async function writeRow(
  tx: Transaction,
  deps: SaveDeps,
  { id, row }: FoundBooking,
  next: NextBooking,
  columns: ClearColumns & { encryptedIntakeData: string },
): Promise<void> {
  const data = {
    ...columns,
    attendees: columns.attendees ?? Prisma.DbNull,
    attendeeEmails: columns.attendeeEmails ?? Prisma.DbNull,
    attendeeNames: columns.attendeeNames ?? Prisma.DbNull,
    userId: next.ownerId,
    calBookingId: next.calBookingId,
    calBookingUid: next.life.uid,
    updatedAt: deps.clock.now(),
  }
  if (row === null) {
    await tx.booking.createMany({ data: [{ ...data, id, createdAt: data.updatedAt }] })
  } else {
    // The old startTime finds the row; a new one moves it to its month's partition.
    await tx.booking.updateMany({ where: { id, startTime: row.startTime }, data })
  }
  const { iCalUid, rescheduledFromUid } = next.life
  await tx.bookingKey.updateMany({ where: { id }, data: { iCalUid, rescheduledFromUid } })
}
