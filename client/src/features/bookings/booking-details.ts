import { createQuery } from '@urql/solid'
import { type Accessor, createEffect, createMemo, on } from 'solid-js'
import { BookingDetailsDocument, type BookingDetailsQuery } from '../../gql/graphql.ts'
import { type Problem, problemOf } from '../../lib/problem.ts'
import type { BookingStore } from './live/booking-store.ts'
import type { BookingRow } from './model.ts'

/** A booking with what only its panel shows. Still nothing sealed. */
export type BookingDetails = NonNullable<BookingDetailsQuery['booking']>

/** What a panel knows of its booking. `row` can be there before `details`: the dashboard had it already. */
export type KnownBooking = Readonly<{
  row: Accessor<BookingRow | null>
  details: Accessor<BookingDetails | null>
  isLoading: Accessor<boolean>
  problem: Accessor<Problem | null>
  /** It doesn't exist, isn't the viewer's, or was just taken away. */
  isGone: Accessor<boolean>
  refresh: () => void
}>

/** Loads one booking for its panel and loads it again with each change that the store hears of. */
export function createBookingDetails(id: string, store: BookingStore): KnownBooking {
  const [result, execute] = createQuery({ query: BookingDetailsDocument, variables: { id } })
  const refresh = () => execute({ requestPolicy: 'network-only' })
  createEffect(on(() => store.version(id), refresh, { defer: true }))

  // An event said that it went: what is on the screen goes at once, without waiting for the query to say so, too.
  const wasTaken = createMemo(() => store.version(id) > 0 && store.row(id) === null)
  const details = () => (wasTaken() ? null : (result.data?.booking ?? null))
  return {
    row: () => store.row(id) ?? details(),
    details,
    isLoading: () => result.fetching,
    problem: () => (result.error ? problemOf(result.error) : null),
    isGone: () => wasTaken() || result.data?.booking === null,
    refresh,
  }
}
