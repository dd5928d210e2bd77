import type { Viewer } from '../../core/access/viewer.ts'
import type { RevocationWatcher, Watch } from '../../core/sessions/revocation-watcher.ts'

/** An accepted stream. */
type OpenStream = Readonly<{
  /** Checks in the database that its session or token is still valid. */
  confirm: Watch['confirm']
  release(): void
}>

/** The open sockets and event streams of this node. */
export type OpenStreams = Readonly<{
  /**
   * Accepts another stream of a viewer, and calls `onEnd` once its session or token ends. Returns null if the user has
   * too many open. Call `confirm` afterwards: the session or token may have ended just before.
   */
  open(viewer: Viewer, onEnd: () => void): OpenStream | null
}>

/** Counts the open streams of each user, across all sessions and tokens. */
export function createOpenStreams(revocationWatcher: Pick<RevocationWatcher, 'watch'>, perUser: number): OpenStreams {
  const counts = new Map<string, number>()

  return {
    open: (viewer, onEnd) => {
      const { userId } = viewer
      const count = counts.get(userId) ?? 0
      if (count >= perUser) return null
      counts.set(userId, count + 1)
      const watch = revocationWatcher.watch(viewer, onEnd)
      let isOpen = true
      return {
        confirm: watch.confirm,
        release: () => {
          if (!isOpen) return
          isOpen = false
          watch.stop()
          const left = (counts.get(userId) ?? 1) - 1
          if (left > 0) counts.set(userId, left)
          else counts.delete(userId)
        },
      }
    },
  }
}
