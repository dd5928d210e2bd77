import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { formatLength, formatTime } from '../../lib/time.ts'
import { Icon } from '../../ui/icon.tsx'
import { SensitivityLabel, StatusLabel, SummaryLabel } from './labels.tsx'
import { type BookingRow, bookingPath, headingOf, isActive, isOver } from './model.ts'

type DayListProps = Readonly<{
  rows: readonly BookingRow[]
  now: Date
  isFresh: (id: string) => boolean
  /** The viewer's ID: own bookings read differently from a colleague's. */
  viewerId: string
}>

/** The bookings of one day: upcoming ones, and past ones collapsed. */
export function DayList(props: DayListProps): JSX.Element {
  const isOver = (booking: BookingRow) => new Date(booking.endTime) <= props.now
  const earlier = () => props.rows.filter(isOver)
  const ahead = () => props.rows.filter((booking) => !isOver(booking))
  return (
    <>
      <Show when={earlier().length > 0}>
        <details class="group mb-1">
          <summary class="-mx-2 flex min-h-11 cursor-pointer list-none items-center gap-1 rounded-control px-2 text-quiet text-small hover:bg-sunken">
            <Icon name="forward" class="!size-4 group-open:rotate-90" />
            {earlier().length} earlier today
          </summary>
          <Lines {...props} rows={earlier()} />
        </details>
      </Show>
      <Show when={ahead().length > 0} fallback={<p class="text-quiet text-small">Nothing more today.</p>}>
        <Lines {...props} rows={ahead()} />
      </Show>
    </>
  )
}

function Lines(props: DayListProps): JSX.Element {
  return (
    <ul class="-mx-2 grid gap-1">
      <For each={props.rows}>
        {(booking) => (
          <Line booking={booking} isFresh={props.isFresh(booking.id)} isOwner={booking.owner.id === props.viewerId} />
        )}
      </For>
    </ul>
  )
}

function Line(props: Readonly<{ booking: BookingRow; isFresh: boolean; isOwner: boolean }>): JSX.Element {
  const heading = () => headingOf(props.booking, props.isOwner)
  const start = () => new Date(props.booking.startTime)
  const length = () => formatLength(new Date(props.booking.endTime).getTime() - start().getTime())
  return (
    <li>
      <A
        href={bookingPath(props.booking.id)}
        class="grid grid-cols-[4.5rem_1fr] rounded-control px-2 py-2 hover:bg-sunken"
        classList={{ 'animate-mark': props.isFresh, 'text-quiet': !isActive(props.booking) }}
      >
        <span>
          <span class="block font-medium" classList={{ 'line-through': isOver(props.booking) }}>
            {formatTime(start())}
          </span>
          <span class="block text-caption text-quiet">{length()}</span>
        </span>
        <span class="min-w-0">
          <span class="block font-medium" classList={{ 'line-through': isOver(props.booking) }}>
            {heading().first}
          </span>
          <span class="block text-quiet text-small">{heading().second}</span>
          <span class="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
            <SensitivityLabel of={props.booking.sensitivity} />
            <Show when={isActive(props.booking)}>
              <SummaryLabel of={props.booking} />
            </Show>
            <StatusLabel of={props.booking.status} />
            <Show when={props.isFresh}>
              <span class="font-medium text-accent text-caption">Just changed</span>
            </Show>
          </span>
        </span>
      </A>
    </li>
  )
}
