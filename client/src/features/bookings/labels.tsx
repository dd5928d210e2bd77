import { type JSX, Show } from 'solid-js'
import type { BookingStatus, Sensitivity } from '../../gql/graphql.ts'
import { Icon } from '../../ui/icon.tsx'
import { type BookingRow, hasSummary, locationOf, sensitivityLabels, statusLabels } from './model.ts'

const weights: Readonly<Record<Sensitivity, string>> = {
  HIGH: 'bg-ink text-surface px-2',
  MEDIUM: 'text-ink',
  LOW: 'text-quiet',
}

/** Sensitivity as text with an icon; the more sensitive, the bolder. */
export function SensitivityLabel(props: Readonly<{ of: Sensitivity }>): JSX.Element {
  return (
    <span
      class={`inline-flex items-center gap-1 whitespace-nowrap rounded-control text-caption font-medium ${weights[props.of]}`}
    >
      <Icon name={sensitivityLabels[props.of].icon} class="!size-4" />
      {sensitivityLabels[props.of].word}
      <span class="sr-only"> sensitivity</span>
    </span>
  )
}

/** The status, unless it is the usual one. */
export function StatusLabel(props: Readonly<{ of: BookingStatus }>): JSX.Element {
  return (
    <Show when={props.of !== 'CONFIRMED'}>
      <span class="whitespace-nowrap text-caption text-quiet">{statusLabels[props.of]}</span>
    </Show>
  )
}

/** Whether there is a summary. */
export function SummaryLabel(props: Readonly<{ of: Pick<BookingRow, 'latestSummary'> }>): JSX.Element {
  return (
    <span
      class={`inline-flex items-center gap-1 whitespace-nowrap text-caption ${hasSummary(props.of) ? 'font-medium text-accent' : 'text-quiet'}`}
    >
      <Icon name="summary" class="!size-4" />
      {hasSummary(props.of) ? 'Summary ready' : 'No summary yet'}
    </span>
  )
}

/** The location of a meeting, as text or as a link to its call; empty if unknown. */
export function LocationLabel(props: Readonly<{ location: string | null; isLink?: boolean }>): JSX.Element {
  return (
    <Show when={locationOf(props.location)}>
      {(parsed) => (
        <span class="flex items-start gap-2">
          <Icon name={parsed().label.startsWith('Video') ? 'video' : 'place'} class="mt-0.5 text-quiet" />
          <Show when={props.isLink && parsed().href} fallback={<span>{parsed().label}</span>}>
            {(href) => (
              <a href={href()} target="_blank" rel="noreferrer noopener" class="text-accent underline">
                {parsed().label}
                <span class="sr-only"> (opens in a new window)</span>
              </a>
            )}
          </Show>
        </span>
      )}
    </Show>
  )
}
