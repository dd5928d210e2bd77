import { type Accessor, batch, createMemo, onCleanup } from 'solid-js'
import { createStore, produce, reconcile } from 'solid-js/store'
import type { BookingChangeKind } from '../../../gql/graphql.ts'
import { type BookingRow, byStart, type Range } from '../model.ts'

const freshForMs = 8000
const maxChanges = 30

/** A change from the server. `booking` is null if the viewer lost access. */
export type IncomingChange = Readonly<{
  cursor: string
  kind: BookingChangeKind
  bookingId: string
  booking: BookingRow | null
}>

/**
 * A change as the feed shows it. It stores no row: the names of a booking that was handed over must disappear with it.
 */
export type SeenChange = Readonly<{
  cursor: string
  kind: BookingChangeKind
  bookingId: string
  at: Date
  /** It happened while disconnected. */
  isCaughtUp: boolean
}>

/** The bookings known to this page, updated by queries and events. */
export type BookingStore = Readonly<{
  /** All known bookings, ordered by start. */
  rows: Accessor<readonly BookingRow[]>
  row: (id: string) => BookingRow | null
  /** Newest first. */
  changes: () => readonly SeenChange[]
  /** True for a few seconds after a change. */
  isFresh: (id: string) => boolean
  /** Increases with each change of a booking, so components with more details know when to reload. */
  version: (id: string) => number
  apply: (change: IncomingChange, at: Date, isCaughtUp: boolean) => void
  /** Stores a row that the server has just returned, for example from a mutation. */
  put: (row: BookingRow) => void
  /** Marks the time a query is sent; pass it to `fill` with the response. */
  mark: () => number
  /** Stores the server's rows for `range`, and removes those it no longer returns. */
  fill: (range: Range, rows: readonly BookingRow[], mark: number) => void
}>

type StoreContents = {
  byId: Record<string, BookingRow>
  versions: Record<string, number>
  fresh: Record<string, true>
  changes: SeenChange[]
}

/** Creates an empty store in the current reactive owner. */
export function createBookingStore(): BookingStore {
  const [store, setStore] = createStore<StoreContents>({ byId: {}, versions: {}, fresh: {}, changes: [] })
  const rows = createMemo(() => Object.values(store.byId).toSorted(byStart))

  // A response is as old as its request: events received since the request are newer.
  let ticks = 0
  const touchedAt = new Map<string, number>()

  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  onCleanup(() => {
    for (const timer of timers.values()) clearTimeout(timer)
  })

  const put = (row: BookingRow) => {
    touchedAt.set(row.id, ++ticks)
    setStore('byId', row.id, reconcile(row))
  }

  const drop = (id: string) => {
    touchedAt.set(id, ++ticks)
    setStore(
      'byId',
      produce((byId) => void delete byId[id]),
    )
  }

  const markFresh = (id: string) => {
    clearTimeout(timers.get(id))
    setStore('fresh', id, true)
    timers.set(
      id,
      setTimeout(() => {
        timers.delete(id)
        setStore(
          'fresh',
          produce((fresh) => void delete fresh[id]),
        )
      }, freshForMs),
    )
  }

  const apply = (change: IncomingChange, at: Date, isCaughtUp: boolean) =>
    batch(() => {
      const { cursor, kind, bookingId, booking } = change
      if (booking === null) drop(bookingId)
      else put(booking)
      markFresh(bookingId)
      setStore('versions', bookingId, (version = 0) => version + 1)
      setStore('changes', (seen) => [{ cursor, kind, bookingId, at, isCaughtUp }, ...seen].slice(0, maxChanges))
    })

  const fill = (range: Range, answered: readonly BookingRow[], mark: number) =>
    batch(() => {
      const isNewer = (id: string) => (touchedAt.get(id) ?? 0) > mark
      const named = new Set(answered.map((row) => row.id))
      for (const row of answered) if (!isNewer(row.id)) setStore('byId', row.id, reconcile(row))
      for (const row of Object.values(store.byId)) {
        const start = new Date(row.startTime)
        const belongs = start >= range.from && start < range.to
        if (belongs && !named.has(row.id) && !isNewer(row.id)) drop(row.id)
      }
    })

  return {
    rows,
    row: (id) => store.byId[id] ?? null,
    changes: () => store.changes,
    isFresh: (id) => store.fresh[id] ?? false,
    version: (id) => store.versions[id] ?? 0,
    apply,
    put,
    mark: () => ticks,
    fill,
  }
}
