import { useLocation } from '@solidjs/router'
import { createEffect, type JSX, Match, onCleanup, Switch } from 'solid-js'
import { mailedPaths } from '../features/account/mailed-token.ts'
import { type Session, ViewerProvider } from '../features/session/session.ts'
import { adviceFor } from '../lib/problem.ts'
import { retryDelayMs, waitOrWakeUp } from '../lib/retry.ts'
import { ErrorNotice } from '../ui/notice.tsx'
import { Shell } from './shell.tsx'
import { SignIn } from './sign-in.tsx'

/** Pages for visitors from a mail or without a password, whether or not somebody is signed in. */
const publicPaths: readonly string[] = ['/forgot-password', ...mailedPaths]

/**
 * The signed-in client only exists inside it: signing out disposes the whole tree, with every booking, socket and
 * decrypted text. The address stays, so signing in again returns to the same page.
 */
export function RequireSession(props: Readonly<{ session: Session; children: JSX.Element }>): JSX.Element {
  const signedIn = () => {
    const state = props.session.state()
    return state.name === 'signed-in' ? state.viewer : null
  }
  const signedOut = () => {
    const state = props.session.state()
    return state.name === 'signed-out' ? state.reason : null
  }
  const unreachable = () => {
    const state = props.session.state()
    return state.name === 'unreachable' ? state.problem : null
  }

  const location = useLocation()
  const isPublic = () => publicPaths.includes(location.pathname)

  let attempt = 0
  createEffect(() => {
    if (unreachable() === null) return
    const disposal = new AbortController()
    onCleanup(() => disposal.abort())
    void waitOrWakeUp(retryDelayMs(attempt++), disposal.signal).then(() => {
      if (!disposal.signal.aborted) void props.session.checkSession()
    })
  })

  return (
    <Switch>
      <Match when={isPublic()}>{props.children}</Match>
      <Match when={signedIn()}>
        {(viewer) => (
          <ViewerProvider value={viewer}>
            <Shell session={props.session}>{props.children}</Shell>
          </ViewerProvider>
        )}
      </Match>
      <Match when={signedOut()}>{(reason) => <SignIn session={props.session} reason={reason()} />}</Match>
      <Match when={unreachable()}>
        {(problem) => (
          <main class="mx-auto max-w-md p-6">
            <h1 class="mb-4 font-semibold text-title">ChurchHub</h1>
            <ErrorNotice
              title="ChurchHub isn’t responding"
              advice={adviceFor(problem())}
              onRetry={props.session.checkSession}
            />
          </main>
        )}
      </Match>
    </Switch>
  )
}
