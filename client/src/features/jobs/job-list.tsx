import { A } from '@solidjs/router'
import { For, type JSX, Match, Show, Switch } from 'solid-js'
import { adviceFor, type Problem } from '../../lib/problem.ts'
import { formatNearDate, formatTime } from '../../lib/time.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmedButton } from '../../ui/confirm.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { LiveJobs } from './live-jobs.ts'
import { type Job, type JobState, jobLabels, reasonLabels, stateLabels, stateOf } from './model.ts'

/** The jobs as rows, with their actions. */
export function JobList(
  props: Readonly<{
    jobs: LiveJobs
    now: Date
    isFiltered: boolean
    bookingPath: (id: string) => string
    onDone: (message: string) => void
    onRefused: (problem: Problem) => void
  }>,
): JSX.Element {
  const isEmpty = () => !props.jobs.isLoading() && !props.jobs.problem() && props.jobs.rows().length === 0
  const retry = async (job: Job) => {
    const problem = await props.jobs.retry(job)
    if (problem === null) props.onDone(`${jobLabels[job.jobType]}: waiting for another attempt.`)
    else props.onRefused(problem)
  }
  const cancel = async (job: Job) => {
    const problem = await props.jobs.cancel(job)
    if (problem === null) props.onDone(`${jobLabels[job.jobType]}: cancelled.`)
    return problem
  }
  return (
    <>
      <ul class="grid gap-4">
        <For each={props.jobs.rows()}>
          {(job) => (
            <li class="grid grid-cols-[1fr_auto] items-start gap-x-4 gap-y-2 text-small">
              <JobFacts job={job} now={props.now} bookingPath={props.bookingPath} />
              <Switch>
                <Match when={job.status === 'FAILED'}>
                  <Button onClick={() => void retry(job)}>
                    Retry<span class="sr-only"> {jobLabels[job.jobType]}</span>
                  </Button>
                </Match>
                <Match when={job.status === 'PENDING'}>
                  <ConfirmedButton
                    label={
                      <>
                        Cancel<span class="sr-only"> {jobLabels[job.jobType]}</span>
                      </>
                    }
                    title="Cancel this job?"
                    confirm="Cancel job"
                    onConfirm={() => cancel(job)}
                  >
                    <p>The job won’t run. You can retry it later.</p>
                  </ConfirmedButton>
                </Match>
              </Switch>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.jobs.isLoading() && props.jobs.rows().length === 0}>
        <Skeleton lines={6} label="Loading jobs" />
      </Show>
      <Show when={props.jobs.problem()}>
        {(problem) => (
          <ErrorNotice title="Jobs couldn’t be loaded" advice={adviceFor(problem())} onRetry={props.jobs.more} />
        )}
      </Show>
      <Show when={isEmpty()}>
        <EmptyNotice title={props.isFiltered ? 'No matching jobs' : 'No jobs yet'}>
          {props.isFiltered
            ? 'Matching jobs appear here automatically.'
            : 'Background jobs appear here when they’re enqueued, such as a summary for each new booking.'}
        </EmptyNotice>
      </Show>
      <Show when={props.jobs.hasMore()}>
        <Button class="mt-4 w-full" aria-busy={props.jobs.isLoading()} onClick={props.jobs.more}>
          {props.jobs.isLoading() ? 'Loading …' : 'Show older'}
        </Button>
      </Show>
    </>
  )
}

const stateIcons: Readonly<Record<JobState, IconName>> = {
  waiting: 'clock',
  running: 'arrow',
  done: 'check',
  failed: 'alert',
  cancelled: 'close',
}

function JobFacts(props: Readonly<{ job: Job; now: Date; bookingPath: (id: string) => string }>): JSX.Element {
  const state = () => stateOf(props.job)
  const ordered = () => new Date(props.job.createdAt)
  return (
    <div class="min-w-0">
      <p class="font-medium">{jobLabels[props.job.jobType]}</p>
      <p
        class="flex items-start gap-1"
        classList={{
          'text-alert': state() === 'failed',
          'text-accent': state() === 'running',
          'text-quiet': state() !== 'failed' && state() !== 'running',
        }}
      >
        <Icon name={stateIcons[state()]} class="mt-0.5 !size-4" />
        {stateLabels(props.job, props.now)}
        <Show when={props.job.attempts > 1}>
          , attempt {props.job.attempts} of {props.job.maxAttempts}
        </Show>
      </p>
      <Show when={reasonLabels(props.job)}>{(reason) => <p>{reason()}</p>}</Show>
      <p class="text-quiet">
        Enqueued {formatNearDate(ordered(), props.now)}, {formatTime(ordered())}
        <Show when={props.job.booking}>
          {(booking) => (
            <>
              , for{' '}
              <A href={props.bookingPath(booking().id)} class="text-accent hover:underline">
                the booking of {formatNearDate(new Date(booking().startTime), props.now)},{' '}
                {formatTime(new Date(booking().startTime))}
              </A>
            </>
          )}
        </Show>
      </p>
    </div>
  )
}
