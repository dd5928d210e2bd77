import { For, type JSX, Show } from 'solid-js'
import { mailLink } from '../../lib/contact-link.ts'
import { formatCountdown, formatDay, formatElsewhere, formatLength, formatTimeRange } from '../../lib/time.ts'
import { Icon } from '../../ui/icon.tsx'
import type { BookingDetails } from './booking-details.ts'
import { LocationLabel, SensitivityLabel } from './labels.tsx'
import { type BookingRow, isActive, peopleCount, statusLabels } from './model.ts'

/** When, where, with whom: the plaintext facts of a booking. */
export function BookingFacts(
  props: Readonly<{ row: BookingRow; details: BookingDetails | null; now: Date; isOwner: boolean }>,
): JSX.Element {
  const start = () => new Date(props.row.startTime)
  const end = () => new Date(props.row.endTime)
  const attendeeTime = () => formatElsewhere(start(), end(), props.row.timeZone)
  const isAhead = () => isActive(props.row) && end() > props.now
  return (
    <div class="grid gap-3">
      <div class="flex flex-wrap items-center gap-x-4 gap-y-1">
        <SensitivityLabel of={props.row.sensitivity} />
        <span class="text-small" classList={{ 'font-medium': props.row.status !== 'CONFIRMED' }}>
          {statusLabels[props.row.status]}
        </span>
      </div>
      <div class="flex items-start gap-2">
        <Icon name="clock" class="mt-0.5 text-quiet" />
        <p>
          <span class="font-medium">
            {formatDay(start(), props.now)}, {formatTimeRange(start(), end())}
          </span>
          <span class="text-quiet">, {formatLength(end().getTime() - start().getTime())}</span>
          <Show when={props.row.isEndTimeCorrected}>
            <span class="block text-quiet text-small">
              Cal.com’s end time can’t be right. This is the length of the event type.
            </span>
          </Show>
          <Show when={isAhead()}>
            <span class="block text-accent text-small">{formatCountdown(start(), end(), props.now)}</span>
          </Show>
        </p>
      </div>
      <Show when={attendeeTime()}>
        {(label) => (
          <p class="flex items-start gap-2">
            <Icon name="globe" class="mt-0.5 text-quiet" />
            <span>
              {label()}
              <span class="text-quiet">, for the attendee</span>
            </span>
          </p>
        )}
      </Show>
      <LocationLabel location={props.row.location} isLink />
      <div class="flex items-start gap-2">
        <Icon name="person" class="mt-0.5 text-quiet" />
        <div class="min-w-0">
          <Show
            when={props.details?.attendees ?? props.row.attendees}
            fallback={
              <p>
                {peopleCount(props.row.attendeeCount)}
                <span class="block text-quiet text-small">
                  {props.isOwner
                    ? 'Their names are encrypted with the intake.'
                    : 'Only the booking’s pastor can see names.'}
                </span>
              </p>
            }
          >
            {(attendees) => (
              <For each={attendees()}>
                {(attendee) => (
                  <p>
                    {attendee.name}
                    <Show when={'email' in attendee && typeof attendee.email === 'string' && attendee.email}>
                      {(email) => <MailLink email={email()} />}
                    </Show>
                  </p>
                )}
              </For>
            )}
          </Show>
        </div>
      </div>
      <Show when={!props.isOwner}>
        <p class="text-quiet text-small">
          A booking of {props.row.owner.name}
          {props.row.isRedacted ? ', shown as it looks in an outside calendar.' : '.'}
        </p>
      </Show>
    </div>
  )
}

function MailLink(props: Readonly<{ email: string }>): JSX.Element {
  const link = () => mailLink(props.email)
  return (
    <a href={link().href ?? undefined} class="block break-words text-accent text-small underline">
      {link().label}
    </a>
  )
}
