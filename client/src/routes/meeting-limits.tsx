import { type JSX, Match, Show, Switch } from 'solid-js'
import { createOwnPolicy } from '../features/policies/own-policy.ts'
import { PolicyForm } from '../features/policies/policy-form.tsx'
import { useViewer } from '../features/session/session.ts'
import { adviceFor } from '../lib/problem.ts'
import { setTitle } from '../lib/title.ts'
import { ErrorNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { NotFound } from './not-found.tsx'

/** How many meetings a pastor takes, and when. Admins have none and get "not found". */
export function MeetingLimits(): JSX.Element {
  const viewer = useViewer()
  return (
    <Show when={viewer().role === 'PASTOR'} fallback={<NotFound />}>
      <MeetingLimitsPage />
    </Show>
  )
}

function MeetingLimitsPage(): JSX.Element {
  setTitle('Meeting limits')
  const own = createOwnPolicy()
  const ready = () => {
    const state = own.state()
    return state.name === 'ready' ? state : null
  }
  const failed = () => {
    const state = own.state()
    return state.name === 'failed' ? state : null
  }
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Meeting limits</h1>
        <p class="text-quiet text-small">
          How many meetings you take, and when. Cal.com decides what can be booked, so set the same limits there.
        </p>
      </div>
      <Switch>
        <Match when={ready()}>
          {(state) => (
            <>
              <Show when={state().policy === null}>
                <p class="rounded-control bg-accent-soft p-3 text-small">
                  Nothing is set yet. These defaults apply once you save.
                </p>
              </Show>
              <PolicyForm policy={state().policy} own={own} />
            </>
          )}
        </Match>
        <Match when={failed()}>
          {(state) => (
            <ErrorNotice
              title="Your limits couldn’t be loaded"
              advice={adviceFor(state().problem)}
              onRetry={() => void own.load()}
            />
          )}
        </Match>
        <Match when={own.state().name === 'loading'}>
          <section aria-label="Limits" class="rounded-card bg-surface p-4 sm:p-5">
            <Skeleton lines={5} label="Loading your limits" />
          </section>
        </Match>
      </Switch>
    </div>
  )
}
