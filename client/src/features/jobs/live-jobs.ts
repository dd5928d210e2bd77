import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js'
import { subscribe as listen, onEnd, pipe, takeWhile } from 'wonka'
import { CancelJobDocument, JobChangedDocument, JobsDocument, RetryJobDocument } from '../../gql/graphql.ts'
import { useApi } from '../../lib/api.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import { retryDelayMs, waitOrWakeUp } from '../../lib/retry.ts'
import { send } from '../../lib/send.ts'
import { filterOf, type Job, type JobChoice, withChange } from './model.ts'

const pageSize = 50

/** The background jobs, updated while shown, and their actions; each returns the problem or null. */
export type LiveJobs = Pages<Job> &
  Readonly<{
    /** The number of jobs; null until loaded. */
    total: Accessor<number | null>
    isLive: Accessor<boolean>
    retry: (job: Job) => Promise<Problem | null>
    cancel: (job: Job) => Promise<Problem | null>
  }>

/** The filtered jobs, newest first. Lives as long as its reactive owner. */
export function createLiveJobs(choice: Accessor<JobChoice>): LiveJobs {
  const { client } = useApi()
  const [total, setTotal] = createSignal<number | null>(null)
  const [isLive, setLive] = createSignal(false)
  const pages = createPages(choice, async (wanted, after) => {
    const { data, error } = await client
      .query(JobsDocument, { filter: filterOf(wanted), first: pageSize, after })
      .toPromise()
    if (data) setTotal(data.workerJobs.totalCount)
    return { ...(data && { page: data.workerJobs }), ...(error && { error }) }
  })

  // Events received while a page loads may be newer than it: apply them again afterwards.
  let changesWhileLoading: Job[] = []
  const apply = (job: Job) => {
    if (pages.isLoading()) changesWhileLoading.push(job)
    const before = pages.rows().length
    pages.edit((rows) => withChange(rows, job, choice()))
    const difference = pages.rows().length - before
    if (difference !== 0) setTotal((known) => (known === null ? null : known + difference))
  }
  createEffect(
    on(pages.isLoading, (isLoading) => {
      if (isLoading) return
      const pending = changesWhileLoading
      changesWhileLoading = []
      for (const job of pending) apply(job)
    }),
  )

  const disposal = new AbortController()
  onCleanup(() => disposal.abort())
  const { signal } = disposal

  /** One subscription from start to end. */
  const follow = (onEvent: () => void) =>
    new Promise<void>((resolve) => {
      const { unsubscribe } = pipe(
        client.subscription(JobChangedDocument, {}),
        onEnd(resolve),
        takeWhile((result) => !result.error),
        listen(({ data }) => {
          if (!data) return
          onEvent()
          const { workerJob } = data.workerJobChanged
          if (workerJob === null) void pages.refresh()
          else apply(workerJob)
        }),
      )
      signal.addEventListener('abort', () => {
        unsubscribe()
        resolve()
      })
    })

  const followIndefinitely = async () => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      await follow(() => {
        attempt = 0
        setLive(true)
      })
      if (signal.aborted) return
      setLive(false)
      await waitOrWakeUp(retryDelayMs(attempt), signal)
    }
  }
  void followIndefinitely()

  return {
    ...pages,
    total,
    isLive,
    retry: async ({ id }) => {
      const sent = await send(client, RetryJobDocument, { id })
      if ('problem' in sent) return sent.problem
      apply(sent.answer.retryWorkerJob.workerJob)
      return null
    },
    cancel: async ({ id }) => {
      const sent = await send(client, CancelJobDocument, { id })
      if ('problem' in sent) return sent.problem
      apply(sent.answer.cancelWorkerJob.workerJob)
      return null
    },
  }
}
