import type { Vault } from '../../../core/vault/vault.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { eventLogSchema, type LogEntry } from '../lifecycle/event-log.model.ts'
import { readStoredBooking } from './booking-keys.reads.ts'
import type { FoundBooking, StoredBooking } from './booking-row.model.ts'

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
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: row.userId } as const
  const record = eventLogSchema.parse(JSON.parse(await deps.vault.decrypt(row.encryptedIntakeData, place)))
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
