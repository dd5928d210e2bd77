import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { formatAgo, formatDay, formatTime } from '../../../lib/time.ts'
import { EmptyNotice } from '../../../ui/notice.tsx'
import { bookingPath, changeMessage, headingOf } from '../model.ts'
import type { BookingStore, SeenChange } from './booking-store.ts'

/** Recent changes, newest first. The text comes from the store's rows, so names of a removed booking disappear. */
export function ChangeFeed(
  props: Readonly<{ changes: readonly SeenChange[]; row: BookingStore['row']; now: Date; viewerId: string }>,
): JSX.Element {
  return (
    <Show
      when={props.changes.length > 0}
      fallback={
        <EmptyNotice title="No changes since you opened this page">
          New, rescheduled and cancelled bookings and new summaries appear here live.
        </EmptyNotice>
      }
    >
      <ol class="-mx-2 grid gap-1">
        <For each={props.changes}>
          {(change) => (
            <li>
              <Show
                when={props.row(change.bookingId)}
                fallback={
                  <div class="px-2 py-1 text-small">
                    {changeMessage[change.kind]}: a booking that is no longer yours
                  </div>
                }
              >
                {(booking) => (
                  <A
                    href={bookingPath(change.bookingId)}
                    class="block rounded-control px-2 py-1 text-small hover:bg-sunken"
                  >
                    <span class="flex items-baseline justify-between gap-3">
                      <span class="font-medium">{changeMessage[change.kind]}</span>
                      <span class="whitespace-nowrap text-caption text-quiet">
                        {change.isCaughtUp ? 'while away' : formatAgo(change.at, props.now)}
                      </span>
                    </span>
                    <span class="block text-quiet">
                      {headingOf(booking(), booking().owner.id === props.viewerId).first},{' '}
                      {formatDay(new Date(booking().startTime), props.now)} {formatTime(new Date(booking().startTime))}
                    </span>
                  </A>
                )}
              </Show>
            </li>
          )}
        </For>
      </ol>
    </Show>
  )
}
