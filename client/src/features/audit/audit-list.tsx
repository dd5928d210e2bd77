import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { deviceOf } from '../../lib/device.ts'
import type { Pages } from '../../lib/pages.ts'
import { adviceFor } from '../../lib/problem.ts'
import { formatDate, formatNearDate, formatTime } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import {
  type AuditEntry,
  actorLabel,
  daysOf,
  destinationOf,
  detailsOf,
  labelOf,
  wasByToken,
  wasRefused,
} from './model.ts'

/** The rows of the audit log with loading, empty and error states, and a button to load more. */
export function AuditList(
  props: Readonly<{
    pages: Pages<AuditEntry>
    /** The path of a booking; omitted if all rows are about the open booking. */
    bookingPath?: (id: string) => string
    onPerson?: (person: NonNullable<AuditEntry['user']>) => void
    empty: JSX.Element
  }>,
): JSX.Element {
  const isFirstLoad = () => props.pages.isLoading() && props.pages.rows().length === 0
  return (
    <>
      <For each={daysOf(props.pages.rows())}>
        {(day) => (
          <section class="mb-4 last:mb-0">
            <p class="mb-2 text-caption text-quiet">{formatDate(day.at)}</p>
            <ol class="grid gap-3">
              <For each={day.entries}>
                {(entry) => <AuditLine entry={entry} bookingPath={props.bookingPath} onPerson={props.onPerson} />}
              </For>
            </ol>
          </section>
        )}
      </For>
      <Show when={isFirstLoad()}>
        <Skeleton lines={4} label="Loading the audit log" />
      </Show>
      <Show when={props.pages.problem()}>
        {(problem) => (
          <ErrorNotice
            title="The audit log couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={props.pages.more}
          />
        )}
      </Show>
      <Show when={!props.pages.isLoading() && !props.pages.problem() && props.pages.rows().length === 0}>
        {props.empty}
      </Show>
      <Show when={props.pages.hasMore()}>
        <Button class="mt-4 w-full" aria-busy={props.pages.isLoading()} onClick={props.pages.more}>
          {props.pages.isLoading() ? 'Loading …' : 'Show older'}
        </Button>
      </Show>
    </>
  )
}

function AuditLine(
  props: Readonly<{
    entry: AuditEntry
    bookingPath: ((id: string) => string) | undefined
    onPerson: ((person: NonNullable<AuditEntry['user']>) => void) | undefined
  }>,
): JSX.Element {
  const at = () => new Date(props.entry.createdAt)
  const from = () => [props.entry.ipAddress, deviceOf(props.entry.userAgent)].filter(Boolean).join(', ')
  return (
    <li class="grid grid-cols-[4rem_1fr] text-small">
      <time dateTime={props.entry.createdAt} class="text-quiet">
        {formatTime(at())}
      </time>
      <div class="min-w-0">
        <p class="font-medium">
          <Show
            when={wasRefused(props.entry.actionType)}
            fallback={labelOf(props.entry.actionType, props.entry.metadata)}
          >
            <span class="inline-flex items-center gap-1 text-alert">
              <Icon name="alert" class="!size-4" />
              {labelOf(props.entry.actionType)}, refused
            </span>
          </Show>
        </p>
        <p class="text-quiet">
          <Show when={props.onPerson && props.entry.user} fallback={actorLabel(props.entry)}>
            {(person) => (
              <button
                type="button"
                class="font-medium text-ink hover:underline"
                onClick={() => props.onPerson?.(person())}
              >
                {person().name}
                <span class="sr-only">: show only this person’s actions</span>
              </button>
            )}
          </Show>
          <Show when={wasByToken(props.entry)}>, by an API token</Show>
          <Show when={from()}>{(destination) => <>, from {destination()}</>}</Show>
        </p>
        <Show when={detailsOf(props.entry)}>{(details) => <p class="text-quiet">{details()}</p>}</Show>
        <Show when={destinationOf(props.entry)}>
          {(destination) => <p class="break-words text-quiet">{destination()}</p>}
        </Show>
        <Show when={props.bookingPath && props.entry.booking}>
          {(booking) => (
            <A href={props.bookingPath?.(booking().id) ?? '/'} class="text-accent hover:underline">
              Booking of {formatNearDate(new Date(booking().startTime), at())},{' '}
              {formatTime(new Date(booking().startTime))}
            </A>
          )}
        </Show>
      </div>
    </li>
  )
}
