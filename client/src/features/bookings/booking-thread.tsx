import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { formatDay, formatTimeRange } from '../../lib/time.ts'
import type { BookingDetails } from './booking-details.ts'
import { bookingPath, statusLabels } from './model.ts'

/** The booking across its reschedules, oldest first. Empty if it was never moved. */
export function BookingThread(
  props: Readonly<{ thread: BookingDetails['thread']; currentId: string; now: Date }>,
): JSX.Element {
  return (
    <Show when={props.thread.length > 1}>
      <section aria-label="Moved" class="mt-6">
        <h3 class="font-semibold">Moved {props.thread.length === 2 ? 'once' : `${props.thread.length - 1} times`}</h3>
        <ol class="-mx-2 mt-1">
          <For each={props.thread}>
            {(booking) => (
              <li>
                <A
                  href={bookingPath(booking.id)}
                  aria-current={booking.id === props.currentId ? 'true' : undefined}
                  class="flex flex-wrap justify-between gap-x-4 rounded-control px-2 py-2 text-small hover:bg-sunken"
                  classList={{ 'font-medium': booking.id === props.currentId }}
                >
                  <span>
                    {formatDay(new Date(booking.startTime), props.now)},{' '}
                    {formatTimeRange(new Date(booking.startTime), new Date(booking.endTime))}
                  </span>
                  <span class="text-quiet">
                    {statusLabels[booking.status]}
                    {booking.id === props.currentId ? ', this one' : ''}
                  </span>
                </A>
              </li>
            )}
          </For>
        </ol>
      </section>
    </Show>
  )
}
