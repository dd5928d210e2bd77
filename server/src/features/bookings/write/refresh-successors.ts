import { isDeepStrictEqual } from 'node:util'
import type { SqlTransaction } from '../../../platform/database/run-pipelined.ts'
import { carriedIn, withCarriedOver } from '../lifecycle/carry-over.model.ts'
import { foldEvents } from '../lifecycle/fold.model.ts'
import { bookingMetadataSchema } from '../lifecycle/plaintext-columns.model.ts'
import { isLooser } from '../lifecycle/sensitivity.model.ts'
import type { FoundBooking, ProjectedBooking } from './booking-rows.ts'
import { loadCarriedOver, openEventLog, projectBooking } from './event-logs.ts'
import { readSuccessors } from './related-bookings.reads.ts'
import { type SaveDeps, type SavedBooking, saveBookings } from './save-bookings.ts'

/** A booking changed in this transaction. */
type Changed = Readonly<{ id: string; uid: string | null; iCalUid: string | null }>

/** What the pastor set with the change, and that pastor's user ID. */
type Setting = Readonly<{ ownerId: string; set: NonNullable<ProjectedBooking['set']> }>

/** More than any chain of reschedules needs. Stops at bookings that name each other in a cycle. */
const maxRefreshes = 500

/**
 * Updates what later bookings carry over from a changed booking, along the whole chain of reschedules, in the caller's
 * transaction: a later booking must never show more than the one it replaced. What the owner hides in the changed
 * booking is also hidden in later ones with a setting of their own.
 *
 * @throws UnreadableError if the event log of one of them can't be decrypted
 */
export async function refreshSuccessors(
  tx: SqlTransaction,
  deps: SaveDeps,
  changed: Changed,
  setting: Setting | null = null,
): Promise<SavedBooking[]> {
  const saved = new Map<string, SavedBooking>()
  const waiting: Changed[] = [changed]
  let left = maxRefreshes
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

/**
 * Merges two changes of a booking that carries over from two earlier ones, so that it is published once, in its final
 * state.
 */
function joined(first: SavedBooking | undefined, last: SavedBooking): SavedBooking {
  if (first === undefined) return last
  return { ...last, parts: [...new Set([...first.parts, ...last.parts])], audit: [...first.audit, ...last.audit] }
}

/** Null if nothing that it carries over has changed, or if retention has emptied it. */
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

/** The setting to apply to a later booking with a setting of its own. Only if the new one is stricter. */
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
