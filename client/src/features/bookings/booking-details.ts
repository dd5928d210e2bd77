import { createQuery } from '@urql/solid'
import { type Accessor, createEffect, createMemo, on } from 'solid-js'
import { BookingDetailsDocument, type BookingDetailsQuery } from '../../gql/graphql.ts'
import { type Problem, problemOf } from '../../lib/problem.ts'
import type { BookingStore } from './live/booking-store.ts'
import type { BookingRow } from './model.ts'

/** The details of a booking for its panel. Nothing encrypted. */
export type BookingDetails = NonNullable<BookingDetailsQuery['booking']>

/** What a panel knows about its booking. `row` may be available before `details`, from the dashboard. */
export type KnownBooking = Readonly<{
  row: Accessor<BookingRow | null>
  details: Accessor<BookingDetails | null>
  isLoading: Accessor<boolean>
  problem: Accessor<Problem | null>
  /** It doesn't exist, isn't the viewer's, or was just removed. */
  isGone: Accessor<boolean>
  refresh: () => void
}>

/** Loads a booking for its panel, and reloads it on each change in the store. */
export function createBookingDetails(id: string, store: BookingStore): KnownBooking {
  const [result, execute] = createQuery({ query: BookingDetailsDocument, variables: { id } })
  const refresh = () => execute({ requestPolicy: 'network-only' })
  createEffect(on(() => store.version(id), refresh, { defer: true }))

  // An event removed the booking: hide it at once, without waiting for the query.
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
