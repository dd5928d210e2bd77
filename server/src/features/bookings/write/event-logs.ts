import { createHash } from 'node:crypto'
import type { Vault } from '../../../core/vault/vault.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { carriedFrom } from '../lifecycle/carried-from.model.ts'
import {
  bookedAtOf,
  type FreshCarry,
  isMoved,
  mayCarryOver,
  moversIn,
  namedPredecessors,
} from '../lifecycle/carry-over.model.ts'
import { eventLogSchema, type LogEntry } from '../lifecycle/event-log.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import { type FoundBooking, type ProjectedBooking, readStoredBooking, type StoredBooking } from './booking-rows.ts'
import { type BookingKeyRow, readKeysNamed } from './related-bookings.reads.ts'

/** A booking's row and its event log. `entries` is null if retention has emptied the booking. */
export type FoundEventLog = Readonly<{ id: string; row: StoredBooking; entries: readonly LogEntry[] | null }>

type OpenDeps = Readonly<{ vault: Pick<Vault, 'decrypt'> }>

/**
 * Reads a booking's row and event log, and locks them until the transaction ends. For internal use only: the plaintext
 * is written back encrypted, and shown to no one. Null if there is no such booking.
 *
 * @throws UnreadableError if the event log can't be decrypted
 */
export async function readEventLog(tx: SqlTransaction, deps: OpenDeps, id: string): Promise<FoundEventLog | null> {
  const row = await readStoredBooking(tx, id)
  if (row === null) return null
  if (row.encryptedIntakeData === null) return { id, row, entries: null }
  const aadContext = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: row.userId } as const
  const record = eventLogSchema.parse(JSON.parse(await deps.vault.decrypt(row.encryptedIntakeData, aadContext)))
  return { id, row, entries: record.events }
}

/**
 * Like `readEventLog`, for changing the booking. Also null if retention has emptied it: a purged booking must not be
 * filled again.
 *
 * @throws UnreadableError if the event log can't be decrypted
 */
export async function openEventLog(tx: SqlTransaction, deps: OpenDeps, id: string): Promise<FoundBooking | null> {
  const found = await readEventLog(tx, deps, id)
  if (found === null || found.entries === null) return null
  return { id, row: found.row, entries: found.entries }
}

/** Earlier bookings that the caller has already decrypted, in their current state. */
export type OpenedEarlier = ReadonlyMap<string, FoundEventLog>

/** A booking that may carry something over. */
type Later = Readonly<{ id: string; entries: readonly LogEntry[]; iCalUid: string | null }>

/**
 * What a booking carries over from the ones it replaced, in their current state: those that its events name, or, if one
 * of these doesn't exist here, the earlier ones with the same iCalUID.
 *
 * @throws UnreadableError if the event log of one of them can't be decrypted
 */
export async function loadCarriedOver(
  tx: SqlTransaction,
  deps: Readonly<{ vault: Pick<Vault, 'decrypt'> }>,
  later: Later,
  opened: OpenedEarlier = new Map(),
): Promise<FreshCarry[]> {
  if (!isMoved(later.entries)) return []
  const named = namedPredecessors(later.entries)
  const keys = await readKeysNamed(tx, { uids: [...named.keys()], iCalUid: later.iCalUid })
  const others = keys.filter(({ id }) => id !== later.id)
  const carried: FreshCarry[] = []
  for (const { key, ties } of earlierOf(later, named, others)) {
    if (!mayCarryOver(ties, key)) continue
    const found = opened.get(key.id) ?? (await readEventLog(tx, deps, key.id))
    if (found === null) continue
    const name = key.calBookingUid ?? key.id
    carried.push(carriedFrom({ name, row: found.row, entries: found.entries }, moversIn(ties)))
  }
  return carried
}

type Tied = Readonly<{ key: BookingKeyRow; ties: readonly LogEntry[] }>

function earlierOf(
  { entries, iCalUid }: Later,
  named: ReadonlyMap<string, readonly LogEntry[]>,
  keys: readonly BookingKeyRow[],
): Tied[] {
  const byName = keys.flatMap((key) => {
    const ties = key.calBookingUid === null ? undefined : named.get(key.calBookingUid)
    return ties === undefined ? [] : [{ key, ties }]
  })
  if (named.size > 0 && byName.length === named.size) return byName
  const bookedAt = bookedAtOf(entries)
  const isEarlier = (key: BookingKeyRow) =>
    key.bookedAt === null || bookedAt === null ? !key.isMoved : key.bookedAt < bookedAt
  const ties = entries.filter(({ event }) => event.kind === 'booking' || event.kind === 'meeting')
  const sameEntry = keys.filter((key) => iCalUid !== null && key.iCalUid === iCalUid && isEarlier(key))
  return [
    ...byName,
    ...sameEntry.filter((key) => !byName.some((each) => each.key.id === key.id)).map((key) => ({ key, ties })),
  ]
}

/** What an event provides for its booking. */
type Given = Readonly<{
  /** Cal.com's booking number, unless another booking has it. */
  number: number | null
  /** The user who is the event's organizer. */
  ownerId: string | null
}>

/**
 * Computes the new state of a booking from its events.
 *
 * @throws Error if no event provides the start time and the owner. Events are never removed, so this is a bug.
 */
export function projectBooking(found: FoundBooking, entries: readonly LogEntry[], given: Given): ProjectedBooking {
  const { id, row } = found
  const folded = foldEvents(entries)
  const ownerId = folded?.ownerId ?? row?.userId ?? given.ownerId
  if (folded === null || ownerId === null) throw new Error(`booking ${id} has lost its beginning`)
  const ofCal = row !== null && row.calBookingId > 0 ? row.calBookingId : given.number
  return { entries, folded, ownerId, calBookingId: ofCal ?? row?.calBookingId ?? numberInstead(folded.uid ?? id) }
}

/** A substitute for a missing booking number. Negative, because Cal.com's numbers never are. */
function numberInstead(name: string): number {
  return -1 - (createHash('sha256').update(name).digest().readUInt32BE() % 2_147_483_647)
}
