import { Calendar, type EventInput } from '@fullcalendar/core'
import listPlugin from '@fullcalendar/list'
import timeGridPlugin from '@fullcalendar/timegrid'
import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import { addDays, formatTime, formatTimeRange, startOfDay, startOfWeek } from '../../../lib/time.ts'
import { Button } from '../../../ui/button.tsx'
import { Icon, iconElement } from '../../../ui/icon.tsx'
import {
  type BookingRow,
  bookingPath,
  bookingsWithin,
  headingOf,
  isOver,
  type Range,
  sensitivityLabels,
  statusLabels,
} from '../model.ts'
import { hoursOf } from './week-hours.ts'
import './week-calendar.css'

const nothingHere = 'Nothing is booked on these days. Bookings from Cal.com appear here as soon as they are made.'
const shortDate = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** One line of an event. Text nodes only: FullCalendar's HTML strings would parse a name as markup. */
function line(className: string, ...content: (Node | string)[]): HTMLElement {
  const element = document.createElement('div')
  element.className = className
  element.append(...content)
  return element
}

/**
 * What a booking shows in the week view, most important first: a short event cuts off the end, a narrow one the lines.
 */
function linesOf(booking: BookingRow, isOwner: boolean, isList: boolean): HTMLElement[] {
  const [start, end] = [new Date(booking.startTime), new Date(booking.endTime)]
  const { first, second } = headingOf(booking, isOwner)
  const { word, icon } = sensitivityLabels[booking.sensitivity]
  const mark = iconElement(icon, 'week-icon')
  const status =
    booking.status === 'CONFIRMED' || booking.status === 'COMPLETED' ? '' : ` · ${statusLabels[booking.status]}`
  if (!isList) {
    return [
      line('week-who', first),
      line('week-when', mark, `${word} ${formatTime(start)}${status}`),
      line('week-what', second),
    ]
  }
  const text = line('week-text', line('week-who', first), line('week-what', mark, `${word} · ${second}${status}`))
  return [line('week-when', formatTimeRange(start, end)), text]
}

/** On a phone, seven days from today: a list shouldn't start with past days. */
function viewOf(isNarrow: boolean): string {
  return isNarrow ? 'nextDays' : 'timeGridWeek'
}

/** The week as a grid of hours, or as a list on a phone. Times are in the viewer's time zone. */
export default function WeekCalendar(
  props: Readonly<{
    rows: readonly BookingRow[]
    viewerId: string
    isNarrow: boolean
    isFresh: (id: string) => boolean
    onOpen: (path: string) => void
    onRange: (range: Range) => void
  }>,
): JSX.Element {
  const now = new Date()
  const [shown, setShown] = createSignal<Range>({ from: startOfWeek(now), to: addDays(startOfWeek(now), 7) })
  const title = () => `${shortDate.format(shown().from)} – ${shortDate.format(addDays(shown().to, -1))}`
  const isThisWeek = () => {
    const today = startOfDay(new Date())
    return props.isNarrow ? shown().from.getTime() === today.getTime() : shown().from <= today && today < shown().to
  }
  const inView = () => bookingsWithin(props.rows, shown())
  const hours = () => hoursOf(inView())

  const eventOf = (booking: BookingRow): EventInput => ({
    id: booking.id,
    start: booking.startTime,
    end: booking.endTime,
    title: headingOf(booking, booking.owner.id === props.viewerId).first,
    url: bookingPath(booking.id),
    classNames: [
      isOver(booking) ? ['week-fallen'] : [],
      booking.status === 'PENDING' ? ['week-pending'] : [],
      new Date(booking.endTime) <= new Date() ? ['week-over'] : [],
      props.isFresh(booking.id) ? ['week-fresh'] : [],
    ].flat(),
  })

  let host: HTMLDivElement | undefined
  let calendar: Calendar | undefined
  onMount(() => {
    if (!host) return
    calendar = new Calendar(host, {
      plugins: [timeGridPlugin, listPlugin],
      views: { nextDays: { type: 'list', duration: { days: 7 } } },
      initialView: viewOf(props.isNarrow),
      headerToolbar: false,
      firstDay: 1,
      locale: 'en-gb',
      allDaySlot: false,
      nowIndicator: true,
      height: 'auto',
      slotMinTime: hours().from,
      slotMaxTime: hours().to,
      slotEventOverlap: false,
      eventMinHeight: 36,
      displayEventTime: false,
      dayHeaderFormat: { weekday: 'short', day: 'numeric' },
      listDayFormat: { weekday: 'long', day: 'numeric', month: 'short' },
      listDaySideFormat: false,
      slotLabelContent: (slot) => formatTime(slot.date),
      noEventsText: nothingHere,
      eventContent: ({ event, view }) => {
        const booking = props.rows.find((row) => row.id === event.id)
        if (!booking) return { domNodes: [] }
        return { domNodes: linesOf(booking, booking.owner.id === props.viewerId, view.type === 'nextDays') }
      },
      events: props.rows.map(eventOf),
      eventClick: (click) => {
        // A click with a modifier or the middle button opens a tab, as with any link.
        if (click.jsEvent.metaKey || click.jsEvent.ctrlKey || click.jsEvent.shiftKey) return
        click.jsEvent.preventDefault()
        props.onOpen(click.event.url)
      },
      datesSet: (dates) => {
        setShown({ from: dates.start, to: dates.end })
        props.onRange({ from: dates.start, to: dates.end })
      },
    })
    calendar.render()
    onCleanup(() => calendar?.destroy())
  })

  createEffect(
    on(
      () => props.rows.map(eventOf),
      (events) => {
        calendar?.removeAllEventSources()
        calendar?.addEventSource(events)
      },
      { defer: true },
    ),
  )
  createEffect(
    on(
      () => [hours().from, hours().to] as const,
      ([from, to]) => {
        calendar?.setOption('slotMinTime', from)
        calendar?.setOption('slotMaxTime', to)
      },
      { defer: true },
    ),
  )
  createEffect(
    on(
      () => props.isNarrow,
      (isNarrow) => calendar?.changeView(viewOf(isNarrow), new Date()),
      { defer: true },
    ),
  )

  return (
    <>
      <div class="-mt-2 mb-2 flex items-center gap-1">
        <p class="grow text-quiet text-small" aria-live="polite">
          {title()}
        </p>
        <Button look="quiet" class="!px-2" disabled={isThisWeek()} onClick={() => calendar?.today()}>
          {props.isNarrow ? 'From today' : 'This week'}
        </Button>
        <Button look="quiet" class="!px-3" aria-label="Week before" onClick={() => calendar?.prev()}>
          <Icon name="back" />
        </Button>
        <Button look="quiet" class="!px-3" aria-label="Week after" onClick={() => calendar?.next()}>
          <Icon name="forward" />
        </Button>
      </div>
      <Show when={!props.isNarrow && inView().length === 0}>
        <p class="mb-3 text-quiet text-small">{nothingHere}</p>
      </Show>
      <div ref={host} class="week" />
    </>
  )
}
