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
import type { LogEntry } from '../lifecycle/event-log.model.ts'
import { type BookingKeyRow, readKeysNamed } from './booking-keys.reads.ts'
import { type FoundEventLog, readEventLog } from './event-logs.ts'

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
