import type { Vault } from '../../../core/vault/vault.ts'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { eventLogSchema, type LogEntry } from '../lifecycle/event-log.model.ts'
import { readStoredBooking } from './booking-keys.reads.ts'
import type { FoundBooking, StoredBooking } from './booking-row.model.ts'

/** A booking's row and its events. `entries` is null where retention has emptied it. */
export type FoundEventLog = Readonly<{ id: string; row: StoredBooking; entries: readonly LogEntry[] | null }>

type OpenDeps = Readonly<{ vault: Pick<Vault, 'decrypt'> }>

/**
 * A booking with the events that it was made from, locked until the transaction ends. For the system's own work: nobody
 * reads what is opened here, it goes back encrypted. Null when there is no such booking.
 *
 * @throws UnreadableError when its record can't be opened
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
 * The same for whoever changes the booking. Null also when retention has emptied it: what was purged must not be filled
 * again.
 *
 * @throws UnreadableError when its record can't be opened
 */
export async function openEventLog(tx: SqlTransaction, deps: OpenDeps, id: string): Promise<FoundBooking | null> {
  const found = await readEventLog(tx, deps, id)
  if (found === null || found.entries === null) return null
  return { id, row: found.row, entries: found.entries }
}
