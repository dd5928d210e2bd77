import { useNavigate } from '@solidjs/router'
import { createSignal, ErrorBoundary, type JSX, lazy, Match, Show, Suspense, Switch } from 'solid-js'
import { DayList } from '../features/bookings/day-list.tsx'
import { DeliveriesCard } from '../features/bookings/deliveries-card.tsx'
import { ChangeFeed } from '../features/bookings/live/change-feed.tsx'
import { useLiveBookings } from '../features/bookings/live/live-bookings.ts'
import { bookingsWithin, isActive, type Range } from '../features/bookings/model.ts'
import { NextCard } from '../features/bookings/next-card.tsx'
import { useViewer } from '../features/session/session.ts'
import { createNow } from '../lib/clock.ts'
import { createMediaQuery } from '../lib/media.ts'
import { adviceFor, type Problem, problemOfCode } from '../lib/problem.ts'
import { addDays, startOfDay } from '../lib/time.ts'
import { setTitle } from '../lib/title.ts'
import { Card } from '../ui/card.tsx'
import { EmptyNotice, ErrorNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

// FullCalendar is two thirds of the bundle, and the next meeting must not wait for it.
const WeekCalendar = lazy(() => import('../features/bookings/calendar/week-calendar.tsx'))

/** The next meeting, today, the week, and recent changes. A booking's panel opens over it as a child route. */
export function Dashboard(props: Readonly<{ children?: JSX.Element }>): JSX.Element {
  setTitle('Dashboard')
  const viewer = useViewer()
  const bookings = useLiveBookings()
  const navigate = useNavigate()
  const now = createNow()
  const isNarrow = createMediaQuery('(max-width: 63.9rem)')
  const isAdmin = () => viewer().role === 'ADMIN'
  const [weekProblem, setWeekProblem] = createSignal<Problem | null>(null)

  const { store } = bookings
  const today = () => {
    const from = startOfDay(now())
    return bookingsWithin(store.rows(), { from, to: addDays(from, 1) })
  }
  const activeToday = () => today().filter(isActive).length
  const failure = () => {
    const state = bookings.state()
    return state.name === 'failed' ? state.problem : null
  }
  const isCut = () => {
    const state = bookings.state()
    return state.name === 'ready' && state.isCut
  }
  const isLoading = () => bookings.state().name === 'loading'
  const showWeek = async (range: Range) => setWeekProblem(await bookings.show(range))

  return (
    <>
      <h1 class="sr-only">Dashboard</h1>
      <Show
        when={!failure()}
        fallback={
          <div class="mx-auto max-w-lg pt-6">
            <ErrorNotice
              title="The bookings couldn’t be loaded"
              advice={adviceFor(failure() ?? problemOfCode('INTERNAL'))}
              onRetry={bookings.retry}
            />
          </div>
        }
      >
        <div class="grid items-start gap-3 sm:gap-4 lg:grid-cols-[23rem_1fr]">
          <div class="grid min-w-0 gap-3 sm:gap-4">
            <Show when={isAdmin()}>
              <DeliveriesCard now={now} />
            </Show>
            <Show when={!isAdmin()}>
              <Show
                when={!isLoading()}
                fallback={
                  <Card title="Next">
                    <Skeleton lines={5} label="Loading the next booking" />
                  </Card>
                }
              >
                <NextCard rows={store.rows()} now={now()} knownUntil={bookings.initialRange().to} />
              </Show>
            </Show>
            <Card
              title="Today"
              aside={activeToday() > 0 ? `${activeToday()} ${activeToday() === 1 ? 'meeting' : 'meetings'}` : undefined}
            >
              <Switch fallback={<DayList rows={today()} now={now()} isFresh={store.isFresh} viewerId={viewer().id} />}>
                <Match when={isLoading()}>
                  <Skeleton lines={6} label="Loading today’s bookings" />
                </Match>
                <Match when={today().length === 0}>
                  <EmptyNotice title="Nothing today">
                    Bookings from Cal.com appear here as soon as someone makes one for today.
                  </EmptyNotice>
                </Match>
              </Switch>
            </Card>
            <Card title="Recent changes">
              <ChangeFeed changes={store.changes()} row={store.row} now={now()} viewerId={viewer().id} />
            </Card>
          </div>
          <Card title="The week" class="min-w-0">
            <Show when={isCut()}>
              <p class="mb-2 text-quiet text-small">There are too many bookings to show. These are the first 1,000.</p>
            </Show>
            <Show when={weekProblem()}>
              {(problem) => <ErrorNotice title="This week couldn’t be loaded" advice={adviceFor(problem())} />}
            </Show>
            <Show when={!isLoading()} fallback={<Skeleton lines={8} label="Loading the week" />}>
              <ErrorBoundary
                fallback={
                  <ErrorNotice
                    title="The calendar couldn’t be loaded"
                    advice="Check your connection, then reload the page."
                    onRetry={() => window.location.reload()}
                  />
                }
              >
                <Suspense fallback={<Skeleton lines={8} label="Loading the week" />}>
                  <WeekCalendar
                    rows={store.rows()}
                    viewerId={viewer().id}
                    isNarrow={isNarrow()}
                    isFresh={store.isFresh}
                    onOpen={navigate}
                    onRange={showWeek}
                  />
                </Suspense>
              </ErrorBoundary>
            </Show>
          </Card>
        </div>
      </Show>
      {props.children}
    </>
  )
}
