import type { Events } from '../../../platform/events/events.ts'
import { notificationOf } from '../../bookings/change-feed/feed-scope.model.ts'
import { type FanOutDeps, fanOutChanges } from './fan-out-changes.ts'

export type FollowChangesDeps = FanOutDeps & Readonly<{ events: Events }>

/**
 * Makes messages of changes as soon as they are told of, until it is stopped. Notices are only a hurry: what is missed, the
 * timetable finds within a minute. Rings that come during a round are one round after it, so that a flood of changes is read
 * in batches. Stopping waits for the round under way.
 */
export function followChanges(deps: FollowChangesDeps): { stop(): Promise<void> } {
  let ownerIds = new Set<string>()
  let isAllDue = true
  let isStopped = false
  let round: Promise<void> | null = null

  async function work(): Promise<void> {
    while (!isStopped && (isAllDue || ownerIds.size > 0)) {
      const scope = isAllDue ? ({ everybody: true } as const) : { ownerIds: [...ownerIds] }
      isAllDue = false
      ownerIds = new Set()
      await fanOutChanges(deps, scope).catch((err: unknown) => {
        deps.log.warn({ err }, 'changes could not be made into webhooks; the timetable tries again')
      })
    }
  }
  function ring(): void {
    if (isStopped || round !== null) return
    round = work().finally(() => {
      round = null
      // Between the last look and this line somebody may have rung.
      if (isAllDue || ownerIds.size > 0) ring()
    })
  }

  const stops = [
    deps.events.on('booking_changes', (text) => {
      const notice = notificationOf(text)
      if (notice === null) isAllDue = true
      else ownerIds.add(notice.ownerId)
      ring()
    }),
    deps.events.onReconnect(() => {
      isAllDue = true
      ring()
    }),
  ]
  ring()
  return {
    stop: async () => {
      isStopped = true
      for (const stop of stops) stop()
      await round
    },
  }
}
