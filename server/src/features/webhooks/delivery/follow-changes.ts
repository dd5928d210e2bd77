import type { Events } from '../../../platform/events/events.ts'
import { notificationOf } from '../../bookings/change-feed/position.model.ts'
import { type FanOutDeps, fanOutChanges } from './fan-out-changes.ts'

export type FollowChangesDeps = FanOutDeps & Readonly<{ events: Events }>

/**
 * Fans out changes as soon as they are announced, until stopped. Notifications only reduce latency: a scheduled job catches
 * missed changes within a minute. Notifications that arrive during a round lead to one more round, so a flood of changes is
 * processed in batches. Stopping waits for the current round.
 */
export function followChanges(deps: FollowChangesDeps): { stop(): Promise<void> } {
  let ownerIds = new Set<string>()
  let isAllDue = true
  let isStopped = false
  let round: Promise<void> | null = null

  async function runRounds(): Promise<void> {
    while (!isStopped && (isAllDue || ownerIds.size > 0)) {
      const scope = isAllDue ? ({ everybody: true } as const) : { ownerIds: [...ownerIds] }
      isAllDue = false
      ownerIds = new Set()
      await fanOutChanges(deps, scope).catch((err: unknown) => {
        deps.log.warn({ err }, 'failed to create webhook messages; the scheduled job will retry')
      })
    }
  }
  function schedule(): void {
    if (isStopped || round !== null) return
    round = runRounds().finally(() => {
      round = null
      // A notification may have arrived after the last check.
      if (isAllDue || ownerIds.size > 0) schedule()
    })
  }

  const unsubscribers = [
    deps.events.on('booking_changes', (text) => {
      const notification = notificationOf(text)
      if (notification === null) isAllDue = true
      else ownerIds.add(notification.ownerId)
      schedule()
    }),
    deps.events.onReconnect(() => {
      isAllDue = true
      schedule()
    }),
  ]
  schedule()
  return {
    stop: async () => {
      isStopped = true
      for (const unsubscribe of unsubscribers) unsubscribe()
      await round
    },
  }
}
