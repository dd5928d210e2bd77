import type { Viewer } from '../../core/access/viewer.ts'
import type { RevocationWatcher } from '../../core/sessions/revocation-watcher.ts'
import { UnauthenticatedError } from '../../platform/errors.ts'
import type { Events } from '../../platform/events/events.ts'

export type FollowJobsDeps = Readonly<{
  events: Pick<Events, 'on' | 'onReconnect'>
  revocationWatcher: RevocationWatcher
}>

/**
 * A job that was created or updated. A null ID means that changes may have been missed and the client must reload its list.
 */
export type JobChange = Readonly<{ jobId: string | null }>

/** The maximum number of changed jobs buffered for a slow subscriber. Beyond it, the subscriber is told to reload. */
const maxBuffered = 500

/**
 * Yields each job that is created or updated, until the iterator is returned. Unlike bookings, jobs have no change feed
 * behind this: a job that changes several times before it is delivered is delivered once, in its current state. The first
 * item, and the first after a lost connection, tells the subscriber to reload.
 *
 * @throws UnauthenticatedError as soon as the viewer's session or token ends
 */
export function followWorkerJobs(deps: FollowJobsDeps, viewer: Viewer): AsyncIterableIterator<JobChange> {
  const changedIds = new Set<string>()
  // Changes before the subscription started were missed, so the first item tells the subscriber to reload.
  let mustReload = true
  let isClosed = false
  let wake = () => {}

  const onNotification = (payload: string) => {
    for (const id of payload.split(',')) changedIds.add(id)
    if (changedIds.size > maxBuffered) return requireReload()
    wake()
  }
  const requireReload = () => {
    changedIds.clear()
    mustReload = true
    wake()
  }
  const watch = deps.revocationWatcher.watch(viewer, () => wake())
  const unsubscribers = [
    deps.events.on('worker_jobs', onNotification),
    deps.events.onReconnect(requireReload),
    watch.stop,
  ]
  const close = () => {
    isClosed = true
    for (const unsubscribe of unsubscribers.splice(0)) unsubscribe()
    wake()
  }

  const take = (): JobChange | null => {
    if (mustReload) {
      mustReload = false
      return { jobId: null }
    }
    const [jobId] = changedIds
    if (jobId === undefined) return null
    changedIds.delete(jobId)
    return { jobId }
  }

  const next = async (): Promise<IteratorResult<JobChange, undefined>> => {
    for (;;) {
      if (isClosed) return { done: true, value: undefined }
      if (watch.hasEnded()) {
        close()
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
      close()
      return { done: true, value: undefined }
    },
    throw: async (error) => {
      close()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
