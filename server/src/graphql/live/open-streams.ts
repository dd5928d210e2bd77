import type { Viewer } from '../../core/access/viewer.ts'
import type { RevocationWatcher, Watch } from '../../core/sessions/revocation-watcher.ts'

/** A stream that was let in. */
type OpenStream = Readonly<{
  /** Whether its session or token holds, by the database's word. */
  confirm: Watch['confirm']
  release(): void
}>

/** The sockets and event streams of this node. */
export type OpenStreams = Readonly<{
  /**
   * Lets one more stream of a viewer in, and calls `onEnd` when the session or token it came by has ended. Null when the
   * user has too many open. Confirm it: the end may have come before this.
   */
  open(viewer: Viewer, onEnd: () => void): OpenStream | null
}>

/** Counts what each user holds open, by whichever of their sessions and tokens. */
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
