import { createSignal, type JSX, Match, onMount, Show, Switch } from 'solid-js'
import { createSession, type Session } from '../src/features/session/session.ts'
import { createApi } from '../src/lib/api.ts'
import { adviceFor } from '../src/lib/problem.ts'
import { Button } from '../src/ui/button.tsx'
import { ErrorNotice } from '../src/ui/notice.tsx'
import { Entrance } from './entrance.tsx'
import { Workbench } from './workbench.tsx'

/** The page of GraphiQL: a way in for whoever has none, and the workbench behind it. */
export function Explorer(): JSX.Element {
  // Who writes mutations by hand confirms the password by one, too.
  const api = createApi(() => session.ended(), { ask: () => Promise.resolve(false) })
  const session: Session = createSession(() => api.client)
  // In this signal and nowhere else: a page that is closed or loaded again has forgotten it.
  const [token, setToken] = createSignal<string | null>(null)
  onMount(() => void session.checkSession())

  const viewer = () => {
    const state = session.state()
    return state.name === 'signed-in' ? state.viewer : null
  }
  const problem = () => {
    const state = session.state()
    return state.name === 'unreachable' ? state.problem : null
  }

  return (
    <div class="flex h-dvh flex-col">
      <header class="flex min-h-14 items-center gap-4 border-line border-b bg-surface px-4 py-1">
        <h1 class="whitespace-nowrap font-semibold text-body">
          <a href="/" class="hover:underline">
            ChurchHub
          </a>{' '}
          <span class="font-normal text-quiet">GraphiQL</span>
        </h1>
        <div class="ml-auto flex min-w-0 items-center gap-2 text-small">
          <Show when={token() !== null}>
            <span class="truncate text-quiet">As an API token</span>
            <Button look="secondary" onClick={() => setToken(null)}>
              Forget token
            </Button>
          </Show>
          <Show when={token() === null && viewer()}>
            {(person) => (
              <>
                <span class="min-w-0 truncate text-quiet">
                  As {person().name}, {person().role.toLowerCase()}
                </span>
                <Button look="quiet" onClick={() => void session.signOut()}>
                  Sign out
                </Button>
              </>
            )}
          </Show>
        </div>
      </header>
      <Switch fallback={<Entrance session={session} onToken={setToken} />}>
        <Match when={token()} keyed>
          {(text) => <Workbench token={text} />}
        </Match>
        <Match when={viewer()?.id} keyed>
          <Workbench token={null} onToken={setToken} />
        </Match>
        <Match when={session.state().name === 'loading'}>
          <p role="status" class="p-6 text-quiet">
            Asking who you are …
          </p>
        </Match>
        <Match when={problem()}>
          {(component) => (
            <main class="mx-auto w-full max-w-md p-6">
              <ErrorNotice
                title="The server can’t be asked."
                advice={adviceFor(component())}
                onRetry={() => void session.checkSession()}
              />
            </main>
          )}
        </Match>
      </Switch>
    </div>
  )
}
