import { type Accessor, batch, createMemo, onCleanup } from 'solid-js'
import { createStore, produce, reconcile } from 'solid-js/store'
import type { BookingChangeKind } from '../../../gql/graphql.ts'
import { type BookingRow, byStart, type Range } from '../model.ts'

const freshForMs = 8000
const changesKept = 30

/** One change as the server sent it. `booking` is null when the booking is not the viewer's any more. */
export type IncomingChange = Readonly<{
  cursor: string
  kind: BookingChangeKind
  bookingId: string
  booking: BookingRow | null
}>

/** One change as the feed shows it. It keeps no row: names of a booking that was handed away must go with it. */
export type SeenChange = Readonly<{
  cursor: string
  kind: BookingChangeKind
  bookingId: string
  at: Date
  /** It happened while the connection was away. */
  isCaughtUp: boolean
}>

/** The bookings that this page knows, kept up to date by queries and by events. */
export type BookingStore = Readonly<{
  /** All known bookings in order of start. */
  rows: Accessor<readonly BookingRow[]>
  row: (id: string) => BookingRow | null
  /** Newest first. */
  changes: () => readonly SeenChange[]
  /** True for a few seconds after a change. */
  isFresh: (id: string) => boolean
  /** Grows with each change to a booking: what shows more of it than its row knows by this when to ask again. */
  version: (id: string) => number
  apply: (change: IncomingChange, at: Date, isCaughtUp: boolean) => void
  /** Puts in a row that the server has just answered with, e.g. after a mutation. */
  put: (row: BookingRow) => void
  /** Marks the moment a query is sent; hand it to `fill` with the answer. */
  mark: () => number
  /** Puts in what the server says stands in `range`, and takes out what it no longer names. */
  fill: (range: Range, rows: readonly BookingRow[], mark: number) => void
}>

type Contents = {
  byId: Record<string, BookingRow>
  versions: Record<string, number>
  fresh: Record<string, true>
  changes: SeenChange[]
}

/** Makes an empty store that belongs to the reactive owner it is called under. */
export function createBookingStore(): BookingStore {
  const [store, setStore] = createStore<Contents>({ byId: {}, versions: {}, fresh: {}, changes: [] })
  const rows = createMemo(() => Object.values(store.byId).toSorted(byStart))

  // An answer is as old as its question. What an event changed after the question was asked is newer than the answer.
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

  const freshen = (id: string) => {
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
      freshen(bookingId)
      setStore('versions', bookingId, (version = 0) => version + 1)
      setStore('changes', (seen) => [{ cursor, kind, bookingId, at, isCaughtUp }, ...seen].slice(0, changesKept))
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
