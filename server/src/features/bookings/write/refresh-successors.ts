import { isDeepStrictEqual } from 'node:util'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { carriedIn, withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import { bookingMetadataSchema } from '../lifecycle/plaintext-columns.model.ts'
import { isLooser } from '../lifecycle/sensitivity.model.ts'
import { readSuccessors } from './booking-keys.reads.ts'
import type { FoundBooking, ProjectedBooking } from './booking-row.model.ts'
import { openEventLog } from './event-logs.ts'
import { loadCarriedOver } from './load-carried-over.ts'
import { projectBooking } from './project-booking.ts'
import { type SaveDeps, type SavedBooking, saveBookings } from './save-bookings.ts'

/** A booking that was changed in this transaction. */
type Changed = Readonly<{ id: string; uid: string | null; iCalUid: string | null }>

/** What its pastor set with that change, and who that is. */
type Setting = Readonly<{ ownerId: string; set: NonNullable<ProjectedBooking['set']> }>

/** More than any chain of reschedules needs. Bookings that name each other in a circle end here. */
const mostRefreshes = 500

/**
 * Lets the bookings that took a changed one's place, and those that took theirs, take over what it hands on now, in the
 * caller's transaction: at no moment does one of them show more than the one before it. What the owner hides of it is
 * hidden of them too, where the owner had said otherwise before.
 *
 * @throws UnreadableError when what is known of one of them can't be opened
 */
export async function refreshSuccessors(
  tx: SqlTransaction,
  deps: SaveDeps,
  changed: Changed,
  setting: Setting | null = null,
): Promise<SavedBooking[]> {
  const saved = new Map<string, SavedBooking>()
  const waiting: Changed[] = [changed]
  let left = mostRefreshes
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const key of await readSuccessors(tx, next)) {
      if (key.id === changed.id || left === 0) continue
      const refreshed = await refresh(tx, deps, key.id, key.iCalUid, setting)
      if (refreshed === null) continue
      left -= 1
      saved.set(key.id, joined(saved.get(key.id), refreshed))
      waiting.push({ id: key.id, uid: key.calBookingUid, iCalUid: key.iCalUid })
    }
  }
  return [...saved.values()]
}

/** One that two earlier bookings hand something on to is announced once, as it is in the end. */
function joined(first: SavedBooking | undefined, last: SavedBooking): SavedBooking {
  if (first === undefined) return last
  return { ...last, parts: [...new Set([...first.parts, ...last.parts])], audit: [...first.audit, ...last.audit] }
}

/** Null where it takes over what it has taken over already, or retention has emptied it. */
async function refresh(
  tx: SqlTransaction,
  deps: SaveDeps,
  id: string,
  iCalUid: string | null,
  setting: Setting | null,
): Promise<SavedBooking | null> {
  const found = await openEventLog(tx, deps, id)
  if (found === null || foldEvents(found.entries) === null) return null
  const carried = await loadCarriedOver(tx, deps, { id, entries: found.entries, iCalUid })
  const entries = withCarriedOver(found.entries, carried)
  const set = setOn(found, setting)
  if (set === null && isDeepStrictEqual(carriedIn(entries), carriedIn(found.entries))) return null
  const next = projectBooking(found, entries, { number: null, ownerId: null })
  const [saved] = await saveBookings(tx, deps, [{ found, next: set === null ? next : { ...next, set } }])
  return saved ?? null
}

/** What the owner said of this booking before and says otherwise now of the one before it; only towards hiding. */
function setOn({ row }: FoundBooking, setting: Setting | null): Setting['set'] | null {
  if (row === null || setting === null || row.userId !== setting.ownerId) return null
  const { data: before } = bookingMetadataSchema.safeParse(row.metadata ?? {})
  const { sensitivity, isAnonymous } = setting.set
  const own = before?.pastorSensitivity ?? null
  const isRaised = sensitivity !== undefined && own !== null && isLooser(own, sensitivity)
  const isHidden = isAnonymous === true && before?.isAnonymityDecided === true && !before.pastorAnonymous
  if (!isRaised && !isHidden) return null
  return { ...(isRaised && { sensitivity }), ...(isHidden && { isAnonymous }) }
}
