import { For, type JSX, Show } from 'solid-js'
import { adviceFor, type Problem } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type ListedToken, lastUseOf, statusOf } from './model.ts'
import type { Tokens } from './tokens.ts'

type ListProps = Readonly<{
  tokens: Tokens
  now: Date
  viewerId: string
  withEnded: boolean
  /** Called after a token was revoked; its row may be gone. */
  onRevoked: (name: string) => void
  /** Called to retry loading the tokens. */
  onRetry: () => void
}>

/** Tokens with their scopes, last use, and a button to revoke each. */
export function TokenList(props: ListProps): JSX.Element {
  const isEmpty = () => !props.tokens.isLoading() && !props.tokens.problem() && props.tokens.rows().length === 0
  const revoke = async (token: ListedToken): Promise<Problem | null> => {
    const problem = await props.tokens.revoke(token.id)
    if (problem === null) props.onRevoked(token.name)
    return problem
  }
  return (
    <>
      <ul class="grid gap-5">
        <For each={props.tokens.rows()}>
          {(token) => (
            <li class="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
              <TokenFacts token={token} now={props.now} isOwn={token.owner.id === props.viewerId} />
              <Show when={token.isActive || token.awaitsConfirmation}>
                <ConfirmedButton
                  label={
                    <>
                      Revoke<span class="sr-only"> {token.name}</span>
                    </>
                  }
                  title={`Revoke ${token.name}?`}
                  confirm="Revoke token"
                  onConfirm={() => revoke(token)}
                >
                  <p>Within a second, requests with it are refused and its open connections end.</p>
                  <p>This can’t be undone. Scripts that still need access need a new token.</p>
                </ConfirmedButton>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.tokens.isLoading() && props.tokens.rows().length === 0}>
        <Skeleton lines={3} label="Loading tokens" />
      </Show>
      <Show when={props.tokens.problem()}>
        {(problem) => (
          <ErrorNotice title="Tokens couldn’t be loaded" advice={adviceFor(problem())} onRetry={props.onRetry} />
        )}
      </Show>
      <Show when={isEmpty()}>
        <EmptyNotice title={props.withEnded ? 'No tokens yet' : 'No active tokens'}>
          A token lets a script use the API as you, for example to fill a weekly spreadsheet. Tokens you create appear
          here.
        </EmptyNotice>
      </Show>
      <Show when={props.tokens.hasMore()}>
        <Button class="mt-4 w-full" onClick={props.tokens.more}>
          Show older
        </Button>
      </Show>
    </>
  )
}

export function TokenFacts(props: Readonly<{ token: ListedToken; now: Date; isOwn: boolean }>): JSX.Element {
  return (
    <div class="min-w-0 flex-1 basis-60 text-small">
      <p class="font-medium [overflow-wrap:anywhere]" classList={{ 'text-quiet': !props.token.isActive }}>
        {props.token.name}
        <Show when={!props.isOwn}>
          <span class="font-normal text-quiet"> ({props.token.owner.name}’s)</span>
        </Show>
      </p>
      <p class="text-quiet">
        <code class="text-caption">{props.token.prefix}…</code>
        {` · ${lastUseOf(props.token, props.now)} · ${statusOf(props.token, props.now)}`}
      </p>
      <ul aria-label="Scopes" class="mt-1 flex flex-wrap gap-1">
        <For each={props.token.scopes}>
          {(scope) => (
            <li class="rounded-control bg-sunken px-2 py-0.5 text-caption">
              <code>{scope}</code>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.token.isActive && props.token.deprecatedFieldUses.length > 0}>
        <p class="mt-2">It uses fields that will be removed. Update your script:</p>
        <ul class="list-disc pl-5 text-quiet">
          <For each={props.token.deprecatedFieldUses}>
            {({ field, deprecationReason }) => (
              <li>
                <code class="text-caption">{field}</code>: {deprecationReason?.replaceAll('`', '')}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  )
}
