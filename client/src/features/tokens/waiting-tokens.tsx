import { For, type JSX, Show } from 'solid-js'
import { adviceFor, type Problem } from '../../lib/problem.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import type { ListedToken } from './model.ts'
import { TokenFacts } from './token-list.tsx'
import type { Tokens } from './tokens.ts'

type UnconfirmedTokensProps = Readonly<{
  tokens: Tokens
  now: Date
  viewerId: string
  isAdmin: boolean
  /** False if the list below shows a problem of its own: one notice is enough. */
  isProblemShown: boolean
  /** Called after a token was confirmed or revoked; its row is gone. */
  onDone: (message: string) => void
}>

/** The tokens disabled by a restore of the database. Hidden if there are none. */
export function UnconfirmedTokens(props: UnconfirmedTokensProps): JSX.Element {
  const done = async (mutation: Promise<Problem | null>, message: string): Promise<Problem | null> => {
    const problem = await mutation
    if (problem === null) props.onDone(message)
    return problem
  }
  const confirm = ({ id, name }: ListedToken) => done(props.tokens.confirm(id), `${name} works again.`)
  const revoke = ({ id, name }: ListedToken) => done(props.tokens.revoke(id), `${name} is revoked.`)
  return (
    <>
      <Show when={props.isProblemShown && props.tokens.problem()}>
        {(problem) => (
          <ErrorNotice
            title="Unconfirmed tokens couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={props.tokens.more}
          />
        )}
      </Show>
      <Show when={props.tokens.rows().length > 0}>
        <section aria-labelledby="waiting-tokens" class="grid gap-4 rounded-card bg-surface p-4 sm:p-5">
          <div>
            <h2 id="waiting-tokens" class="font-semibold">
              Waiting for confirmation
            </h2>
            <p class="text-quiet text-small">
              {props.isAdmin
                ? 'The database was restored from a backup. Some of these tokens may have been revoked since then. Confirm those that are still needed and revoke the others.'
                : 'The database was restored from a backup. Ask an admin to confirm these tokens, or create new ones.'}
            </p>
          </div>
          <ul class="grid gap-5">
            <For each={props.tokens.rows()}>
              {(token) => (
                <li class="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
                  <TokenFacts token={token} now={props.now} isOwn={token.owner.id === props.viewerId} />
                  <div class="flex flex-wrap gap-2">
                    <Show when={props.isAdmin}>
                      <ConfirmedButton
                        label={
                          <>
                            Confirm<span class="sr-only"> {token.name}</span>
                          </>
                        }
                        title={`Confirm ${token.name}?`}
                        confirm="Confirm token"
                        onConfirm={() => confirm(token)}
                      >
                        <p>Anyone with this token can use it again, within the permissions listed beside it.</p>
                        <p>Ask {token.owner.name} first if you don’t know who uses it.</p>
                      </ConfirmedButton>
                    </Show>
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
                      <p>This can’t be undone.</p>
                    </ConfirmedButton>
                  </div>
                </li>
              )}
            </For>
          </ul>
          <Show when={props.tokens.hasMore()}>
            <Button class="w-full" onClick={props.tokens.more}>
              Show older
            </Button>
          </Show>
        </section>
      </Show>
    </>
  )
}
