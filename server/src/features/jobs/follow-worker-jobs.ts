import type { Viewer } from '../../core/access/viewer.ts'
import type { RevocationWatcher } from '../../core/sessions/revocation-watcher.ts'
import { UnauthenticatedError } from '../../platform/errors.ts'
import type { Events } from '../../platform/events/events.ts'

export type FollowJobsDeps = Readonly<{ events: Pick<Events, 'on' | 'onReconnect'>; liveness: RevocationWatcher }>

/** A job that is new or changed. Null: which ones is not known, so that a list must be loaded again. */
export type JobChange = Readonly<{ jobId: string | null }>

/** Jobs that wait in memory to be told. Whoever is further behind is told to load again. */
const mostWaiting = 500

/**
 * Tells of each job that is new or changes, until it is returned. There is no log of jobs behind it, as there is of
 * bookings: a job that changes often is told of once, as it is when it is told. At the beginning, and where notices may
 * have been missed, the follower is told to load: what happens from then on is told.
 *
 * @throws UnauthenticatedError as soon as the viewer's session or token has ended
 */
export function followWorkerJobs(deps: FollowJobsDeps, viewer: Viewer): AsyncIterableIterator<JobChange> {
  const waiting = new Set<string>()
  // What happened before the listening began is missed, too: the first thing told is to load.
  let hasMissed = true
  let isOver = false
  let wake = () => {}

  const tell = (notice: string) => {
    for (const id of notice.split(',')) waiting.add(id)
    if (waiting.size > mostWaiting) return miss()
    wake()
  }
  const miss = () => {
    waiting.clear()
    hasMissed = true
    wake()
  }
  const watch = deps.liveness.watch(viewer, () => wake())
  const stops = [deps.events.on('worker_jobs', tell), deps.events.onReconnect(miss), watch.stop]
  const end = () => {
    isOver = true
    for (const stop of stops.splice(0)) stop()
    wake()
  }

  const take = (): JobChange | null => {
    if (hasMissed) {
      hasMissed = false
      return { jobId: null }
    }
    const [jobId] = waiting
    if (jobId === undefined) return null
    waiting.delete(jobId)
    return { jobId }
  }

  const next = async (): Promise<IteratorResult<JobChange, undefined>> => {
    for (;;) {
      if (isOver) return { done: true, value: undefined }
      if (watch.hasEnded()) {
        end()
        throw new UnauthenticatedError('This session has ended. Sign in again.')
      }
      const change = take()
      if (change !== null) return { done: false, value: change }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    next,
    return: async () => {
      end()
      return { done: true, value: undefined }
    },
    throw: async (error) => {
      end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
