import type { CombinedError } from '@urql/core'
import { type Accessor, createContext, createEffect, createMemo, createSignal, on, useContext } from 'solid-js'
import { subscribe as listen, onEnd, pipe, takeWhile } from 'wonka'
import {
  BookingChangedDocument,
  BookingCursorDocument,
  BookingsBetweenDocument,
  type BookingsBetweenQueryVariables,
} from '../../../gql/graphql.ts'
import type { Api } from '../../../lib/api.ts'
import { closeCodeOf, hasCode, type Problem, problemOf, unreachable } from '../../../lib/problem.ts'
import { addDays, startOfWeek } from '../../../lib/time.ts'
import type { BookingRow, Range } from '../model.ts'
import { type Connection, createBookingFeed, type FeedEnd, type FeedListener } from './booking-feed.ts'
import { type BookingStore, createBookingStore } from './booking-store.ts'

/** WebSocket close codes for an ended session (graphql-transport-ws: 4401, 4403). */
const sessionOverCodes: readonly (number | null)[] = [4401, 4403]
const initialDays = 21
const maxPages = 10

/** The loading state of a range of bookings. `cut`: the range has more than the page loads. */
type LoadState =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'failed'; problem: Problem }>
  | Readonly<{ name: 'ready'; isCut: boolean }>

/** The live bookings. */
export type LiveBookings = Readonly<{
  store: BookingStore
  /** The state of the initial load; the dashboard waits for it. */
  state: Accessor<LoadState>
  connection: Accessor<Connection>
  /** The initially loaded range: this week and the next two. */
  initialRange: Accessor<Range>
  /** Loads a range the user navigates to; returns the problem or null. Events keep it up to date. */
  show: (range: Range) => Promise<Problem | null>
  /** Retries the initial load now. */
  retry: () => void
}>

/** The dependencies: the API clients, and the session check. */
export type LiveBookingsOptions = Readonly<{
  api: Api
  now: Accessor<Date>
  confirmSessionEnded: () => Promise<boolean>
}>

/** Loads the bookings and follows their changes until the owner is disposed. */
export function createLiveBookings(options: LiveBookingsOptions): LiveBookings {
  const { client, socket } = options.api
  const store = createBookingStore()
  const [state, setState] = createSignal<LoadState>({ name: 'loading' })

  const initialRange = (): Range => {
    const from = startOfWeek(options.now())
    return { from, to: addDays(from, initialDays) }
  }
  let shown: Range | null = null

  // A page left open over Sunday night moves on to the new Monday's three weeks.
  const monday = createMemo(() => initialRange().from.getTime())
  createEffect(on(monday, () => void load(initialRange()), { defer: true }))

  const load = async (range: Range): Promise<LoadState> => {
    const mark = store.mark()
    const rows: BookingRow[] = []
    let after: string | null = null
    for (let page = 0; page < maxPages; page++) {
      const variables: BookingsBetweenQueryVariables = {
        from: range.from.toISOString(),
        to: range.to.toISOString(),
        after,
      }
      const { data, error } = await client.query(BookingsBetweenDocument, variables).toPromise()
      if (error || !data) return { name: 'failed', problem: error ? problemOf(error) : unreachable }
      rows.push(...data.bookings.nodes)
      after = data.bookings.pageInfo.endCursor
      if (!data.bookings.pageInfo.hasNextPage) {
        store.fill(range, rows, mark)
        return { name: 'ready', isCut: false }
      }
    }
    const last = rows.at(-1)
    // Rows beyond the cut were not requested, so don't treat them as removed.
    if (last) store.fill({ from: range.from, to: new Date(last.startTime) }, rows, mark)
    return { name: 'ready', isCut: true }
  }

  const endOfLog = async () => {
    const { data } = await client.query(BookingCursorDocument, {}).toPromise()
    return data?.bookingCursor ?? null
  }

  /** Reloads everything. Returns the cursor to resume from, or null on failure, with the reason in `state`. */
  const loadAll = async (): Promise<string | null> => {
    // Cursor first, then the rows: a change in between is then delivered twice instead of lost.
    const { data, error } = await client.query(BookingCursorDocument, {}).toPromise()
    if (!data) {
      setState({ name: 'failed', problem: error ? problemOf(error) : unreachable })
      return null
    }
    const loaded = await load(initialRange())
    if (loaded.name === 'ready' && shown !== null && !isWithin(shown, initialRange())) await load(shown)
    setState(loaded)
    return loaded.name === 'ready' ? data.bookingCursor : null
  }

  const subscribe = (after: string, listener: FeedListener) => {
    const stopListening = socket.onConnected(listener.onConnected)
    let isOver = false
    const end = (reason: FeedEnd) => {
      if (isOver) return
      isOver = true
      stopListening()
      listener.onEnd(reason)
    }
    const subscription = pipe(
      client.subscription(BookingChangedDocument, { after }),
      onEnd(() => end('lost')),
      takeWhile((result) => !result.error, true),
      listen((result) => {
        if (isOver) return
        if (result.error) end(endOf(result.error))
        else if (result.data) listener.onChange(result.data.bookingChanged)
      }),
    )
    return () => {
      isOver = true
      stopListening()
      subscription.unsubscribe()
    }
  }

  const feed = createBookingFeed({
    load: loadAll,
    subscribe,
    endOfLog,
    onChange: (change, isCaughtUp) => store.apply(change, new Date(), isCaughtUp),
    confirmSessionEnded: options.confirmSessionEnded,
  })

  return {
    store,
    state,
    connection: feed.connection,
    initialRange,
    show: async (range) => {
      shown = range
      const first = state()
      // Events keep the initially loaded range up to date, so don't reload it.
      if (isWithin(range, initialRange()) && first.name === 'ready' && !first.isCut) return null
      const loaded = await load(range)
      return loaded.name === 'failed' ? loaded.problem : null
    },
    retry: feed.retryNow,
  }
}

function isWithin(inner: Range, outer: Range): boolean {
  return inner.from >= outer.from && inner.to <= outer.to
}

/** What the end of a subscription means for the feed. */
function endOf(error: CombinedError): FeedEnd {
  if (sessionOverCodes.includes(closeCodeOf(error)) || hasCode(error, 'UNAUTHENTICATED')) return 'session-ended'
  // An unreadable cursor is as useless as an expired one.
  if (hasCode(error, 'CURSOR_EXPIRED') || hasCode(error, 'BAD_USER_INPUT')) return 'cursor-expired'
  return 'lost'
}

const LiveBookingsContext = createContext<LiveBookings>()

/** Provides the live bookings to its children. */
export const LiveBookingsProvider = LiveBookingsContext.Provider

/** The live bookings of the provider. Throws if there is none. */
export function useLiveBookings(): LiveBookings {
  const bookings = useContext(LiveBookingsContext)
  if (bookings === undefined) throw new Error('useLiveBookings is called outside LiveBookingsProvider')
  return bookings
}
