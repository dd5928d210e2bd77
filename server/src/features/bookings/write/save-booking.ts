import { isDeepStrictEqual } from 'node:util'
import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import type { NewId } from '../../../platform/ids.ts'
import {
  type ActiveForm,
  readEventTypeSensitivity,
  readFormAndEventType,
  readSensitivityUnder,
} from '../../forms/active-form.reads.ts'
import { recordEventType } from '../../forms/record-event-type.ts'
import { recordFormResponse } from '../../forms/record-form-response.ts'
import { type EventTypeTexts, learned, offeredEventType } from '../lifecycle/closed-forms.model.ts'
import { type ChangedPart, diffOf } from '../lifecycle/diff.model.ts'
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { type FoldedBooking, foldEvents } from '../lifecycle/fold.model.ts'
import { answersGiven, customAnswersOf, type PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'
import { type Sensitivity, strictestOf } from '../lifecycle/sensitivity.model.ts'
import type { StoredBooking } from './booking-keys.reads.ts'
import { encryptBooking, type ProjectedBooking } from './encrypt-booking.ts'
import { insertBooking } from './insert-booking.ts'
import { updateBooking } from './update-booking.ts'

export type SaveDeps = Readonly<{ vault: Pick<Vault, 'encrypt' | 'decrypt' | 'digestOf'>; clock: Clock; newId: NewId }>

/** A booking as the transaction found it; a new one has no row. */
export type FoundBooking = Readonly<{ id: string; row: StoredBooking; entries: readonly LogEntry[] }>

/** What saving changed. `parts` is empty where the event was kept and told nothing new. */
export type SavedBooking = Readonly<{
  bookingId: string
  ownerId: string
  previousOwnerId: string | null
  isNew: boolean
  parts: readonly ChangedPart[]
  columns: PlaintextColumns
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
  next: ProjectedBooking,
): Promise<SavedBooking> {
  const { id, row } = found
  const { form: inForce, eventType: known } = await readFormAndEventType(tx, {
    ownerId: next.ownerId,
    hostId: next.life.hostId ?? next.ownerId,
    eventTypeId: next.life.eventTypeId,
  })
  const eventType = {
    sensitivity: await eventTypeSensitivity(tx, next, inForce),
    texts: await eventTypeTexts(tx, deps, next, known),
  }
  const { written, sealed } = await encryptBooking(deps, found, next, eventType)
  const { columns } = written
  const before = row === null ? null : foldEvents(found.entries)
  const isHandedOver = row !== null && row.userId !== next.ownerId
  const parts = row === null ? [] : diffOf({ row, columns, before, after: next.life, isHandedOver })

  await (row === null ? insertBooking(tx, written) : updateBooking(tx, written, row.startTime))

  const audit: AuditEntry[] = [sealed]
  if (isHandedOver || before === null || isAboutAnotherForm(before, next.life)) {
    const given = answersGiven(id, next.ownerId, next.life, columns)
    audit.push(...(await recordFormResponse(tx, deps, { ...given, inForce, isNew: row === null })))
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

function isAboutAnotherForm(before: FoldedBooking, after: FoldedBooking): boolean {
  const form = (life: FoldedBooking) => [life.eventTypeId, life.eventTypeTitle, customAnswersOf(life)]
  return !isDeepStrictEqual(form(before), form(after))
}

/** What the pastor calls the event type, with what this booking tells of it where nothing was known. */
async function eventTypeTexts(
  tx: Transaction,
  deps: SaveDeps,
  { life, ownerId }: ProjectedBooking,
  known: EventTypeTexts | null,
): Promise<EventTypeTexts | null> {
  const texts = life.eventTypeId === 0 ? null : learned(known, offeredEventType(life))
  if (texts === null) return known
  return recordEventType(tx, deps, { ownerId: life.hostId ?? ownerId, eventTypeId: life.eventTypeId, texts })
}

/**
 * The setting of the event type. One that was handed over was booked as an event type of its host's: a colleague's form
 * of the same number may be stricter, but must not lower it.
 */
async function eventTypeSensitivity(
  tx: Transaction,
  { life: { hostId, eventTypeId }, ownerId }: ProjectedBooking,
  inForce: ActiveForm | null,
): Promise<Sensitivity | null> {
  const own = await readSensitivityUnder(tx, inForce, ownerId, eventTypeId)
  if (hostId === null || hostId === ownerId) return own ?? null
  return strictestOf([own ?? null, (await readEventTypeSensitivity(tx, hostId, eventTypeId)) ?? null])
}
