import type { Vault } from '../../../core/vault/vault.ts'
import type { Transaction } from '../../../platform/database/client.ts'
import { readEventLog } from './read-event-log.ts'
import type { FoundBooking } from './save-booking.ts'

/**
 * A booking with the events that it was made from, locked until the transaction ends. For the system's own work on what
 * Cal.com says: nobody reads what is opened here, it goes back sealed.
 *
 * Null when there is no such booking, or when retention has emptied it: what was purged must not be filled again.
 *
 * @throws UnreadableError when its record can't be opened
 */
export async function openEventLog(
  tx: Transaction,
  deps: { vault: Pick<Vault, 'decrypt'> },
  id: string,
): Promise<FoundBooking | null> {
  const found = await readEventLog(tx, deps, id)
  if (found === null || found.entries === null) return null
  return { id, row: found.row, entries: found.entries }
}
