import type { Vault } from '../../../core/vault/vault.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { type LifeEntry, lifeRecordSchema } from '../lifecycle/event-log.model.ts'
import { type BookingRow, readBookingRow } from './booking-keys.reads.ts'

/** A booking's row and its events. `entries` is null where retention has emptied it. */
export type FoundLife = Readonly<{
  id: string
  row: NonNullable<BookingRow>
  entries: readonly LifeEntry[] | null
}>

/**
 * A booking with the events that it was made from, locked until the transaction ends. For the system's own work: nobody
 * reads what is opened here, it goes back encrypted. Null when there is no such booking.
 *
 * @throws UnreadableError when its record can't be opened
 */
export async function readLife(
  tx: Transaction,
  deps: { vault: Pick<Vault, 'open'> },
  id: string,
): Promise<FoundLife | null> {
  const row = await readBookingRow(tx, id)
  if (row === null) return null
  if (row.encryptedIntakeData === null) return { id, row, entries: null }
  const place = { column: 'bookings.encryptedIntakeData', rowId: id, ownerId: row.userId } as const
  const record = lifeRecordSchema.parse(JSON.parse(await deps.vault.open(row.encryptedIntakeData, place)))
  return { id, row, entries: record.events }
}
