import { type JSX, Match, Switch } from 'solid-js'
import { formatTime } from '../../../lib/time.ts'
import type { Connection } from './booking-feed.ts'

/** Whether the page is live: text, and a dot whose shape says the same. */
export function ConnectionLabel(props: Readonly<{ connection: Connection }>): JSX.Element {
  const since = () => (props.connection.name === 'offline' ? props.connection.since : null)
  return (
    <span role="status" class="inline-flex items-center gap-2 whitespace-nowrap text-caption">
      <Switch>
        <Match when={props.connection.name === 'live'}>
          <span class="size-2 rounded-full bg-accent" aria-hidden="true" />
          Live
        </Match>
        <Match when={since()}>
          {(moment) => (
            <>
              <span class="size-2 rounded-full border-2 border-alert" aria-hidden="true" />
              <span class="font-medium text-alert">Offline since {formatTime(moment())}</span>
            </>
          )}
        </Match>
        <Match when={props.connection.name === 'catching-up'}>
          <span class="size-2 animate-pulse rounded-full bg-quiet" aria-hidden="true" />
          Catching up
        </Match>
        <Match when={props.connection.name === 'connecting'}>
          <span class="size-2 animate-pulse rounded-full border-2 border-quiet" aria-hidden="true" />
          Connecting
        </Match>
      </Switch>
    </span>
  )
}
