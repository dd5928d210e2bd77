import type { Vault } from '../../../core/vault/vault.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { eventLogSchema, type LogEntry } from '../lifecycle/event-log.model.ts'
import { readStoredBooking, type StoredBooking } from './booking-keys.reads.ts'

/** A booking's row and its events. `entries` is null where retention has emptied it. */
export type FoundEventLog = Readonly<{
  id: string
  row: NonNullable<StoredBooking>
  entries: readonly LogEntry[] | null
}>

/**
 * A booking with the events that it was made from, locked until the transaction ends. For the system's own work: nobody
 * reads what is opened here, it goes back encrypted. Null when there is no such booking.
 *
 * @throws UnreadableError when its record can't be opened
 */
export async function readEventLog(
  tx: Transaction,
  deps: { vault: Pick<Vault, 'decrypt'> },
  id: string,
): Promise<FoundEventLog | null> {
  const row = await readStoredBooking(tx, id)
  if (row === null) return null
  if (row.encryptedIntakeData === null) return { id, row, entries: null }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: row.userId } as const
  const record = eventLogSchema.parse(JSON.parse(await deps.vault.decrypt(row.encryptedIntakeData, place)))
  return { id, row, entries: record.events }
}
