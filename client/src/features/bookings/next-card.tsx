import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { formatCountdown, formatDay, formatElsewhere, formatLength, formatTimeRange } from '../../lib/time.ts'
import { Card } from '../../ui/card.tsx'
import { Icon } from '../../ui/icon.tsx'
import { EmptyNotice } from '../../ui/notice.tsx'
import { LocationLabel, SensitivityLabel, StatusLabel, SummaryLabel } from './labels.tsx'
import { attendeeNames, type BookingRow, bookingPath, bookingsToCome, kindOfMeeting } from './model.ts'

/** The next meeting: who, when, where, how sensitive, and whether there is a summary. Readable in two seconds. */
export function NextCard(props: Readonly<{ rows: readonly BookingRow[]; now: Date; knownUntil: Date }>): JSX.Element {
  const coming = () => bookingsToCome(props.rows, props.now)
  const isRunning = (booking: BookingRow) => new Date(booking.startTime) <= props.now
  const remaining = (booking: BookingRow) =>
    `${formatLength(new Date(booking.endTime).getTime() - props.now.getTime())} left`
  const countdown = (booking: BookingRow) =>
    formatCountdown(new Date(booking.startTime), new Date(booking.endTime), props.now)
  return (
    <Show
      when={coming()[0]}
      fallback={
        <Card title="Next">
          <EmptyNotice title="No upcoming meetings">
            Nothing is booked until {formatDay(props.knownUntil, props.now)}. Bookings from Cal.com appear here as soon
            as someone makes one.
          </EmptyNotice>
        </Card>
      }
    >
      {(booking) => (
        <Card title={isRunning(booking()) ? 'Now' : 'Next'} aside={<SummaryLabel of={booking()} />}>
          <A href={bookingPath(booking().id)} class="group -m-2 block rounded-control p-2 hover:bg-sunken">
            <p class="font-medium text-accent">{isRunning(booking()) ? remaining(booking()) : countdown(booking())}</p>
            <p class="font-semibold text-headline">{attendeeNames(booking())}</p>
            <p class="text-quiet">{kindOfMeeting(booking())}</p>
            <p class="mt-3 flex items-start gap-2">
              <Icon name="clock" class="mt-0.5 text-quiet" />
              <span>
                <span class="font-medium">
                  {formatDay(new Date(booking().startTime), props.now)},{' '}
                  {formatTimeRange(new Date(booking().startTime), new Date(booking().endTime))}
                </span>
                <Show
                  when={formatElsewhere(new Date(booking().startTime), new Date(booking().endTime), booking().timeZone)}
                >
                  {(attendeeTime) => <span class="block text-quiet text-small">{attendeeTime()}</span>}
                </Show>
              </span>
            </p>
            <div class="mt-2">
              <LocationLabel location={booking().location} />
            </div>
            <div class="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
              <SensitivityLabel of={booking().sensitivity} />
              <StatusLabel of={booking().status} />
              <span class="ml-auto inline-flex items-center gap-1 font-medium text-accent text-small">
                Open booking <Icon name="arrow" class="!size-4" />
              </span>
            </div>
          </A>
          <Show when={isRunning(booking()) && coming()[1]}>
            {(following) => (
              <A
                href={bookingPath(following().id)}
                class="-mx-2 mt-4 -mb-2 block rounded-control p-2 text-small hover:bg-sunken"
              >
                <span class="text-quiet">Then, </span>
                {countdown(following())}: {attendeeNames(following())}
              </A>
            )}
          </Show>
        </Card>
      )}
    </Show>
  )
}
