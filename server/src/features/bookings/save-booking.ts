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
import { answersGiven, type ClearColumns, customAnswersOf } from './clear-columns.model.ts'
import { insertBooking } from './insert-booking.ts'
import { type BookingLife, lifeOf } from './life.model.ts'
import type { LifeEntry } from './life-record.model.ts'
import { type NextBooking, sealBooking } from './seal-booking.ts'
import { type Sensitivity, strictestOf } from './sensitivity.model.ts'
import { updateBooking } from './update-booking.ts'

export type SaveDeps = Readonly<{ vault: Pick<Vault, 'seal' | 'open' | 'digestOf'>; clock: Clock; newId: NewId }>

/** A booking as the transaction found it; a new one has no row. */
export type FoundBooking = Readonly<{ id: string; row: BookingRow; entries: readonly LifeEntry[] }>

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
  const { written, sealed } = await sealBooking(deps, found, next, await eventTypeSensitivity(tx, next, inForce))
  const { columns } = written
  const before = row === null ? null : lifeOf(found.entries)
  const isHandedOver = row !== null && row.userId !== next.ownerId
  const parts = row === null ? [] : changedParts({ row, columns, before, after: next.life, isHandedOver })

  await (row === null ? insertBooking(tx, written) : updateBooking(tx, written, row.startTime))

  const audit: AuditEntry[] = [sealed]
  if (isHandedOver || before === null || isAboutAnotherForm(before, next.life)) {
    const known = { inForce, isNew: row === null }
    audit.push(...(await recordFormResponse(tx, deps, { ...answersGiven(id, next.ownerId, next.life), ...known })))
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
