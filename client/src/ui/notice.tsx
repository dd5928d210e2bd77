import { type JSX, Show } from 'solid-js'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

/** A failed view: what happened, what to do, and a retry button if retrying can help. */
export function ErrorNotice(
  props: Readonly<{ title: string; advice: string; onRetry?: (() => void) | undefined }>,
): JSX.Element {
  return (
    <div role="alert" class="rounded-control bg-alert-soft p-4">
      <p class="flex items-start gap-2 font-medium text-alert">
        <Icon name="alert" class="mt-0.5" />
        {props.title}
      </p>
      <p class="mt-1 text-small">{props.advice}</p>
      <Show when={props.onRetry}>
        {(retry) => (
          <Button look="raised" class="mt-3" onClick={() => retry()()}>
            Try again
          </Button>
        )}
      </Show>
    </div>
  )
}

/** An empty view: what will appear here and what makes it appear. */
export function EmptyNotice(props: Readonly<{ title: string; children: JSX.Element }>): JSX.Element {
  return (
    <div class="py-2">
      <p class="font-medium">{props.title}</p>
      <p class="mt-1 text-quiet text-small">{props.children}</p>
    </div>
  )
}

/** The error of a form as a whole, announced when it appears. */
export function RefusalNotice(props: Readonly<{ message: string | null | false | undefined }>): JSX.Element {
  return (
    <div role="alert" class="empty:hidden">
      <Show when={props.message}>
        {(message) => (
          <p class="flex items-start gap-2 rounded-control bg-alert-soft p-3 text-small">
            <Icon name="alert" class="text-alert" />
            {message()}
          </p>
        )}
      </Show>
    </div>
  )
}
