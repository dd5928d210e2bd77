import { createSignal, For, type JSX, Show } from 'solid-js'
import { adviceFor, refusalOf } from '../../lib/problem.ts'
import { formatNearDate, formatTime } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/field.tsx'
import { Icon } from '../../ui/icon.tsx'
import { EmptyNotice, ErrorNotice, RefusalNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { EndpointLog } from './endpoint-log.ts'
import { isLogChoice, type LoggedMessage, logChoices, outcomeOf, statusLabels } from './model.ts'

/** The messages sent to an endpoint, newest first, with a button to send one again. */
export function MessageLog(props: Readonly<{ log: EndpointLog; now: Date; isActive: boolean }>): JSX.Element {
  const [problemMessage, setProblemMessage] = createSignal<string | null>(null)
  const isEmpty = () => !props.log.isLoading() && !props.log.problem() && props.log.rows().length === 0
  const redeliver = async (message: LoggedMessage) => {
    setProblemMessage(null)
    const problem = await props.log.redeliver(message.id)
    if (problem !== null) setProblemMessage(refusalOf(problem))
  }
  return (
    <section aria-label="Delivery log" class="mt-6 grid gap-3">
      <div class="flex flex-wrap items-center justify-between gap-3">
        <h2 class="font-semibold text-body">Delivery log</h2>
        <Button look="quiet" aria-busy={props.log.isLoading()} onClick={() => void props.log.refresh()}>
          Refresh
        </Button>
      </div>
      <SelectField
        label="Show"
        value={props.log.choice()}
        onChange={({ currentTarget: { value } }) => isLogChoice(value) && props.log.choose(value)}
      >
        <For each={Object.entries(logChoices)}>
          {([name, { label: problemMessage }]) => <option value={name}>{problemMessage}</option>}
        </For>
      </SelectField>
      <RefusalNotice message={problemMessage()} />
      <ul class="grid gap-3">
        <For each={props.log.rows()}>
          {(message) => (
            <li class="border-line border-t pt-3">
              <MessageLine message={message} now={props.now} isActive={props.isActive} onRedeliver={redeliver} />
            </li>
          )}
        </For>
      </ul>
      <Show when={props.log.isLoading() && props.log.rows().length === 0}>
        <Skeleton lines={4} label="Loading the log" />
      </Show>
      <Show when={props.log.problem()}>
        {(shown) => (
          <ErrorNotice title="The log couldn’t be loaded" advice={adviceFor(shown())} onRetry={props.log.more} />
        )}
      </Show>
      <Show when={isEmpty()}>
        <EmptyNotice title="No messages">
          Booking changes appear here, whether sent or filtered out. So do tests.
        </EmptyNotice>
      </Show>
      <Show when={props.log.hasMore()}>
        <Button class="w-full" onClick={props.log.more}>
          Show older
        </Button>
      </Show>
    </section>
  )
}

function MessageLine(
  props: Readonly<{
    message: LoggedMessage
    now: Date
    isActive: boolean
    onRedeliver: (message: LoggedMessage) => Promise<void>
  }>,
): JSX.Element {
  const at = () => new Date(props.message.createdAt)
  const last = () => props.message.attempts.at(-1)
  const isBad = () => props.message.status === 'FAILED' || (props.message.status === 'PENDING' && last() !== undefined)
  return (
    <div class="text-small">
      <div class="flex items-start justify-between gap-3">
        <div class="min-w-0">
          <p class="font-medium [overflow-wrap:anywhere]">{props.message.type}</p>
          <p class="text-quiet tabular-nums">
            {formatNearDate(at(), props.now)}, {formatTime(at())}
            <Show when={props.message.booking}>{(booking) => <>, {booking().title}</>}</Show>
          </p>
          <p class="flex items-start gap-1" classList={{ 'text-alert': isBad(), 'text-quiet': !isBad() }}>
            <Icon name={iconOf(props.message)} class="mt-0.5 !size-4" />
            {statusLabels[props.message.status]}
            <Show when={last()}>{(attempt) => <>: {outcomeOf(attempt())}</>}</Show>
          </p>
          <Show when={props.message.status === 'PENDING' && props.message.nextAttemptAt}>
            {(next) => <p class="text-quiet">Next attempt at {formatTime(new Date(next()))}</p>}
          </Show>
        </div>
        <Show when={props.isActive}>
          <Button onClick={() => void props.onRedeliver(props.message)}>
            Send again<span class="sr-only"> {props.message.type}</span>
          </Button>
        </Show>
      </div>
      <Show when={props.message.attempts.length > 1}>
        <details class="mt-1">
          <summary class="min-h-6 cursor-pointer text-quiet">{props.message.attempts.length} attempts</summary>
          <ol class="mt-1 grid gap-1 text-quiet tabular-nums">
            <For each={props.message.attempts}>
              {(attempt) => (
                <li>
                  {formatTime(new Date(attempt.startedAt))}: {outcomeOf(attempt)}
                </li>
              )}
            </For>
          </ol>
        </details>
      </Show>
    </div>
  )
}

function iconOf({ status, attempts }: LoggedMessage): 'check' | 'alert' | 'clock' | 'close' {
  if (status === 'DELIVERED') return 'check'
  if (status === 'FAILED') return 'alert'
  if (status === 'PENDING') return attempts.length > 0 ? 'alert' : 'clock'
  return 'close'
}
