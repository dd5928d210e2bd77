import { For, type JSX, Show } from 'solid-js'
import type { Pages } from '../../lib/pages.ts'
import { adviceFor } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { conditionOf, type Endpoint, stateLabels } from './model.ts'

const icons = { WORKING: 'check', FAILING: 'alert', BROKEN: 'alert', OFF: 'close' } as const satisfies Record<
  Endpoint['state'],
  IconName
>

/** Endpoints as rows that open. */
export function EndpointList(
  props: Readonly<{ pages: Pages<Endpoint>; now: Date; onOpen: (endpoint: Endpoint) => void }>,
): JSX.Element {
  const isEmpty = () => !props.pages.isLoading() && !props.pages.problem() && props.pages.rows().length === 0
  return (
    <>
      <ul class="grid gap-1">
        <For each={props.pages.rows()}>
          {(endpoint) => (
            <li>
              <EndpointLine endpoint={endpoint} now={props.now} onOpen={() => props.onOpen(endpoint)} />
            </li>
          )}
        </For>
      </ul>
      <Show when={props.pages.isLoading() && props.pages.rows().length === 0}>
        <Skeleton lines={3} label="Loading webhooks" />
      </Show>
      <Show when={props.pages.problem()}>
        {(problem) => (
          <ErrorNotice title="Webhooks couldn’t be loaded" advice={adviceFor(problem())} onRetry={props.pages.more} />
        )}
      </Show>
      <Show when={isEmpty()}>
        <EmptyNotice title="No webhooks yet">
          A webhook posts booking changes to a URL of yours, such as a screen, a chat or a script. Webhooks you create
          appear here.
        </EmptyNotice>
      </Show>
      <Show when={props.pages.hasMore()}>
        <Button class="mt-4 w-full" onClick={props.pages.more}>
          Show more
        </Button>
      </Show>
    </>
  )
}

function EndpointLine(props: Readonly<{ endpoint: Endpoint; now: Date; onOpen: () => void }>): JSX.Element {
  const isBad = () => props.endpoint.state === 'FAILING' || props.endpoint.state === 'BROKEN'
  return (
    <button
      type="button"
      class="-mx-2 grid w-[calc(100%+1rem)] grid-cols-[1fr_auto] items-center gap-x-4 rounded-control px-2 py-2 text-left text-small hover:bg-sunken"
      onClick={props.onOpen}
    >
      <span class="min-w-0">
        <span class="block font-medium [overflow-wrap:anywhere]">
          {props.endpoint.name}
          <Show when={!props.endpoint.isOwn}>
            <span class="font-normal text-quiet"> ({props.endpoint.owner.name}’s)</span>
          </Show>
        </span>
        <span class="block text-quiet [overflow-wrap:anywhere]">{props.endpoint.address}</span>
        <span class="flex items-start gap-1" classList={{ 'text-alert': isBad(), 'text-quiet': !isBad() }}>
          <Icon name={icons[props.endpoint.state]} class="mt-0.5 !size-4" />
          <span>
            {stateLabels[props.endpoint.state]}. {conditionOf(props.endpoint, props.now)}
          </span>
        </span>
      </span>
      <Icon name="forward" class="text-quiet" />
    </button>
  )
}
