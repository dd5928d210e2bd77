import { createSignal, type JSX, Show } from 'solid-js'
import { bookingPath } from '../features/bookings/model.ts'
import { JobFilters } from '../features/jobs/job-filters.tsx'
import { JobList } from '../features/jobs/job-list.tsx'
import { createLiveJobs } from '../features/jobs/live-jobs.ts'
import { noFilter } from '../features/jobs/model.ts'
import { useViewer } from '../features/session/session.ts'
import { createNow } from '../lib/clock.ts'
import { type Problem, refusalOf } from '../lib/problem.ts'
import { setTitle } from '../lib/title.ts'
import { RefusalNotice } from '../ui/notice.tsx'
import { NotFound } from './not-found.tsx'

/** The server's background jobs. For admins; other users get "not found". */
export function Jobs(): JSX.Element {
  const viewer = useViewer()
  return (
    <Show when={viewer().role === 'ADMIN'} fallback={<NotFound />}>
      <JobsPage />
    </Show>
  )
}

function JobsPage(): JSX.Element {
  setTitle('Jobs')
  const now = createNow()
  const [choice, setChoice] = createSignal(noFilter)
  const jobs = createLiveJobs(choice)
  const [notice, setNotice] = createSignal('')
  const [problem, setProblem] = createSignal<Problem | null>(null)
  const refused = () => {
    const why = problem()
    return why === null ? null : refusalOf(why)
  }
  let statusElement: HTMLParagraphElement | undefined
  // The pressed button disappears when its row changes, so move the focus to the message.
  const announce = (message: string) => {
    setProblem(null)
    setNotice(message)
    requestAnimationFrame(() => statusElement?.focus())
  }
  return (
    <div class="mx-auto grid max-w-3xl gap-4">
      <div class="px-1 pt-2">
        <h1 class="font-semibold text-title">Jobs</h1>
        <p class="text-quiet text-small">The server’s background jobs, updated live. They show no content.</p>
      </div>
      <JobFilters choice={choice()} onChange={setChoice} />
      <p
        ref={statusElement}
        role="status"
        tabindex="-1"
        class="rounded-control bg-accent-soft p-3 text-small empty:hidden"
      >
        {notice()}
      </p>
      <RefusalNotice message={refused()} />
      <section aria-label="Jobs" class="rounded-card bg-surface p-4 sm:p-5">
        <div class="mb-3 flex min-h-5 items-baseline justify-between gap-3 text-caption text-quiet">
          <Show when={jobs.total() !== null} fallback={<span />}>
            <span>{jobs.total() === 1 ? '1 job' : `${jobs.total()} jobs`}</span>
          </Show>
          <span role="status">{jobs.isLive() ? 'Live updates on' : 'Live updates interrupted'}</span>
        </div>
        <JobList
          jobs={jobs}
          now={now()}
          isFiltered={choice() !== noFilter}
          bookingPath={bookingPath}
          onDone={announce}
          onRefused={(refused) => {
            setNotice('')
            setProblem(refused)
          }}
        />
      </section>
    </div>
  )
}
