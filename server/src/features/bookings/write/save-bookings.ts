import { isDeepStrictEqual } from 'node:util'
import type { AuditEntry } from '../../../core/audit/record.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import type { NewId } from '../../../platform/ids.ts'
import { type BookedEventType, type EventTypeForm, readActiveForms } from '../../forms/active-form.reads.ts'
import { coversAllQuestions } from '../../forms/form.model.ts'
import { prepareFormResponses, type ReceivedAnswers } from '../../forms/form-responses.ts'
import { recordEventType } from '../../forms/record-event-type.ts'
import { type ChangedPart, diffOf } from '../lifecycle/diff.model.ts'
import { type FoldedBooking, foldEvents } from '../lifecycle/fold.model.ts'
import type { PersonalIdentifiers } from '../lifecycle/personal-identifiers.model.ts'
import { customAnswersOf, formAnswersOf, type PlaintextColumns } from '../lifecycle/plaintext-columns.model.ts'
import {
  type EventTypeTexts,
  mergedEventType,
  personalIdentifiersIn,
  receivedEventType,
} from '../lifecycle/plaintext-texts.model.ts'
import { strictestOf } from '../lifecycle/sensitivity.model.ts'
import {
  type BookingRow,
  type ChangedRow,
  encryptBooking,
  type FoundBooking,
  insertBookings,
  type ProjectedBooking,
  updateBookings,
} from './booking-rows.ts'

export type SaveDeps = Readonly<{ vault: Pick<Vault, 'encrypt' | 'decrypt' | 'digestOf'>; clock: Clock; newId: NewId }>

/** A booking as stored, and its new state. */
export type BookingChange = Readonly<{ found: FoundBooking; next: ProjectedBooking }>

/** The result of saving a booking. `parts` is empty if the event was recorded but changed nothing. */
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
 * Writes the rows of bookings: sensitive values encrypted for the owner, the plaintext that the sensitivity permits,
 * and the answers as a response to the form. A booking that is handed over is re-encrypted for its new owner.
 *
 * @param mayWait - if false, omits every booking whose form or event type is incomplete, because completing it takes a
 *   lock
 */
export async function saveBookings(
  tx: SqlTransaction,
  deps: SaveDeps,
  changes: readonly BookingChange[],
  mayWait = true,
): Promise<SavedBooking[]> {
  if (changes.length === 0) return []
  const forms = await readActiveForms(tx, changes.map(bookedEventType))
  const encrypted = await encryptAll(tx, deps, withForms(changes, forms), mayWait)
  const answered = encrypted.filter(hasOtherAnswers)
  const responses = await prepareFormResponses(
    tx,
    deps,
    answered.map(({ given }) => given),
  )
  const inserted = encrypted.filter(({ found }) => found.row === null).map(({ written }) => written)
  await updateBookings(tx, encrypted.flatMap(changedRow))
  await insertBookings(tx, inserted, responses.rows)
  const audit = new Map(answered.map(({ found }, at) => [found.id, responses.audit[at] ?? []]))
  return encrypted.map((booking) => savedFrom(booking, audit.get(booking.found.id) ?? []))
}

type WithForm = BookingChange &
  Readonly<{ form: EventTypeForm; identifiers: PersonalIdentifiers; learnedTexts: EventTypeTexts | null }>
type Encrypted = BookingChange &
  Readonly<{ written: BookingRow; sealed: AuditEntry; before: FoldedBooking | null; given: ReceivedAnswers }>

function bookedEventType({ next: { ownerId, folded } }: BookingChange): BookedEventType {
  return { ownerId, hostId: folded.hostId ?? ownerId, eventTypeId: folded.eventTypeId }
}

/** Adds to each change its form, and the event type's texts that the booking provides and that were missing. */
function withForms(changes: readonly BookingChange[], forms: readonly EventTypeForm[]): WithForm[] {
  return changes.flatMap((change, at) => {
    const form = forms[at]
    if (form === undefined) return []
    const { folded } = change.next
    const identifiers = personalIdentifiersIn(folded)
    const learnedTexts =
      folded.eventTypeId === 0 ? null : mergedEventType(form.eventType, receivedEventType(folded, identifiers))
    return [{ ...change, form, identifiers, learnedTexts }]
  })
}

async function encryptAll(
  tx: SqlTransaction,
  deps: SaveDeps,
  changes: readonly WithForm[],
  mayWait: boolean,
): Promise<readonly Encrypted[]> {
  const complete = mayWait ? changes : changes.filter(({ learnedTexts }) => learnedTexts === null)
  const texts: (EventTypeTexts | null)[] = []
  for (const change of complete) texts.push(await eventTypeTexts(tx, deps, change))
  const encrypted = await Promise.all(complete.map((change, at) => encryptOne(deps, change, texts[at] ?? null)))
  return mayWait
    ? encrypted
    : encrypted.filter(({ given }) => given.activeForm != null && coversAllQuestions(given.activeForm, given))
}

/** The texts of an event type. Stores those that this booking provides and that were missing. */
async function eventTypeTexts(
  tx: SqlTransaction,
  deps: SaveDeps,
  { next: { folded, ownerId }, form, learnedTexts }: WithForm,
): Promise<EventTypeTexts | null> {
  if (learnedTexts === null) return form.eventType
  const { hostId, eventTypeId } = folded
  return recordEventType(tx, deps, { ownerId: hostId ?? ownerId, eventTypeId, texts: learnedTexts })
}

async function encryptOne(
  deps: SaveDeps,
  { found, next, form, identifiers }: WithForm,
  texts: EventTypeTexts | null,
): Promise<Encrypted> {
  const { id, row, entries } = found
  // A handed-over booking was made for an event type of its host. The new owner's form with the same number may be
  // stricter, but must not lower the sensitivity.
  const sensitivity = strictestOf([form.sensitivity ?? null, form.hostSensitivity ?? null])
  const { written, sealed } = await encryptBooking(deps, found, next, { sensitivity, texts }, identifiers)
  const { eventTypeId } = next.folded
  const { eventTypeTitle } = written.columns
  const answers = formAnswersOf(next.folded, identifiers)
  return {
    found,
    next,
    written,
    sealed,
    before: row === null ? null : foldEvents(entries),
    given: {
      ...answers,
      bookingId: id,
      ownerId: next.ownerId,
      eventTypeId,
      eventTypeTitle,
      activeForm: form.form,
      isNew: row === null,
    },
  }
}

function changedRow({ found: { row }, written }: Encrypted): ChangedRow[] {
  return row === null ? [] : [{ booking: written, startTime: row.startTime }]
}

/** Whether the form response may need to be rewritten. */
function hasOtherAnswers({ found: { row }, next, before }: Encrypted): boolean {
  if (before === null || row?.userId !== next.ownerId) return true
  const form = (folded: FoldedBooking) => [folded.eventTypeId, folded.eventTypeTitle, customAnswersOf(folded)]
  return !isDeepStrictEqual(form(before), form(next.folded))
}

function savedFrom(
  { found: { id, row }, next, written: { columns }, sealed, before }: Encrypted,
  responses: readonly AuditEntry[],
): SavedBooking {
  const isHandedOver = row !== null && row.userId !== next.ownerId
  return {
    bookingId: id,
    ownerId: next.ownerId,
    previousOwnerId: row?.userId ?? null,
    isNew: row === null,
    parts: row === null ? [] : diffOf({ row, columns, before, after: next.folded, isHandedOver }),
    columns,
    audit: [sealed, ...responses],
  }
}
