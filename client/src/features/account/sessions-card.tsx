import { type Accessor, createSignal, For, type JSX, Show } from 'solid-js'
import { deviceOf } from '../../lib/device.ts'
import { adviceFor, type Problem } from '../../lib/problem.ts'
import { formatAgo, formatNearDate, formatTime } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { OwnSession, OwnSessions } from './own-sessions.ts'

const deviceWords = (session: OwnSession) => deviceOf(session.userAgent) ?? 'Unknown device'

/** The viewer's sessions, and buttons to end them. The current one is ended by signing out, in the menu. */
export function SessionsCard(props: Readonly<{ sessions: OwnSessions; now: Accessor<Date> }>): JSX.Element {
  const [done, setDone] = createSignal('')
  let messageElement: HTMLParagraphElement | undefined
  const others = () => props.sessions.rows().filter((session) => !session.isCurrent)
  // The pressed button disappears with its row, so move the focus to the message.
  const announce = (problem: Problem | null, message: string) => {
    if (problem !== null) return problem
    setDone(message)
    requestAnimationFrame(() => messageElement?.focus())
    return null
  }

  return (
    <Card title="Your sessions">
      <p
        ref={messageElement}
        role="status"
        tabindex="-1"
        class="mb-3 rounded-control bg-accent-soft p-3 text-small empty:hidden"
      >
        {done()}
      </p>
      <ul class="grid gap-4">
        <For each={props.sessions.rows()}>
          {(session) => (
            <li class="flex items-center justify-between gap-3">
              <SessionFacts session={session} now={props.now()} />
              <Show when={!session.isCurrent}>
                <ConfirmedButton
                  label={
                    <>
                      Sign out<span class="sr-only"> {deviceWords(session)}</span>
                    </>
                  }
                  title={`Sign out ${deviceWords(session)}?`}
                  confirm="End session"
                  onConfirm={async () => announce(await props.sessions.revoke(session.id), 'Session ended.')}
                >
                  <p>It’s signed out within a second. Anyone using it has to sign in again.</p>
                </ConfirmedButton>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.sessions.isLoading() && props.sessions.rows().length === 0}>
        <Skeleton lines={3} label="Loading your sessions" />
      </Show>
      <Show when={props.sessions.problem()}>
        {(problem) => (
          <ErrorNotice
            title="Your sessions couldn’t be loaded"
            advice={adviceFor(problem())}
            onRetry={props.sessions.more}
          />
        )}
      </Show>
      <Show when={props.sessions.hasMore()}>
        <Button class="mt-4 w-full" onClick={props.sessions.more}>
          Show older
        </Button>
      </Show>
      <Show when={others().length > 0}>
        <div class="mt-5">
          <ConfirmedButton
            label="Sign out everywhere else"
            title="Sign out everywhere else?"
            confirm="Sign out everywhere else"
            onConfirm={async () => announce(await props.sessions.endOthers(), 'All other sessions have ended.')}
          >
            <p>All sessions except this one end within a second. You stay signed in here.</p>
            <p>If someone else may know your password, change it instead. That also ends all other sessions.</p>
          </ConfirmedButton>
        </div>
      </Show>
    </Card>
  )
}

function SessionFacts(props: Readonly<{ session: OwnSession; now: Date }>): JSX.Element {
  const began = () => new Date(props.session.createdAt)
  const used = () => (props.session.lastUsedAt === null ? null : new Date(props.session.lastUsedAt))
  return (
    <div class="min-w-0 text-small">
      <p class="flex flex-wrap items-baseline gap-x-2 font-medium">
        {deviceWords(props.session)}
        <Show when={props.session.isCurrent}>
          <span class="rounded-control bg-accent-soft px-2 text-caption text-accent">This session</span>
        </Show>
      </p>
      <p class="text-quiet">
        <Show
          when={!props.session.isCurrent && used()}
          fallback={props.session.isCurrent ? 'In use now' : 'Not used since then'}
        >
          {(moment) => <>Last used {formatAgo(moment(), props.now)}</>}
        </Show>
        <Show when={props.session.ipAddress}>{(address) => <>, from {address()}</>}</Show>
      </p>
      <p class="text-quiet">
        Signed in {formatNearDate(began(), props.now)}, {formatTime(began())}
      </p>
    </div>
  )
}
