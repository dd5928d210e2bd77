import { createEffect, createSignal, type JSX, on, onCleanup } from 'solid-js'
import { formatDay, formatTime } from '../../../lib/time.ts'
import { changeMessage, headingOf } from '../model.ts'
import type { BookingStore } from './booking-store.ts'

const gatherMs = 1000

/** Announces changes to screen readers when idle: one in full, several as a count. */
export function ChangeAnnouncer(props: Readonly<{ store: BookingStore; viewerId: string }>): JSX.Element {
  const [announcement, setAnnouncement] = createSignal('')
  let announced = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  const announce = () => {
    const [change] = props.store.changes()
    const count = announced
    announced = 0
    timer = undefined
    if (change === undefined) return
    const booking = props.store.row(change.bookingId)
    const timeText =
      booking === null
        ? ''
        : `, ${formatDay(new Date(booking.startTime), new Date())} ${formatTime(new Date(booking.startTime))}`
    setAnnouncement(
      count > 1
        ? `${count} bookings changed.`
        : `${changeMessage[change.kind]}: ${booking ? headingOf(booking, booking.owner.id === props.viewerId).first : 'a booking'}${timeText}.`,
    )
  }

  createEffect(
    on(
      () => props.store.changes()[0]?.cursor,
      () => {
        announced += 1
        timer ??= setTimeout(announce, gatherMs)
      },
      { defer: true },
    ),
  )

  return (
    <div aria-live="polite" class="sr-only">
      {announcement()}
    </div>
  )
}
