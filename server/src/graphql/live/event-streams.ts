import type { ServerResponse } from 'node:http'
import type { Viewer } from '../../core/access/viewer.ts'
import type { RevocationWatcher, Watch } from '../../core/sessions/revocation-watcher.ts'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'

/** The time that a stream has to report the end of its session or token and close itself. */
const farewellMs = 1_000

/** The event streams (SSE) of this node. */
export type EventStreams = Readonly<{
  /** Tracks a streaming response. Returns false if the user has too many open streams. */
  open(response: ServerResponse, viewer: Viewer | null): boolean
  /** Ends all event streams. Clients reconnect and resume. */
  close(): void
}>

/**
 * Applies the limits of sockets to event streams: their number, the end of their session or token, and how long a
 * client may stop reading.
 */
export function createEventStreams(streams: OpenStreams, { maxBufferedMs: unreadMs }: StreamLimits): EventStreams {
  const responses = new Set<ServerResponse>()

  return {
    open: (response, viewer) => {
      // The stream reports why it ends. This ends it even if it doesn't.
      const end = () => void setTimeout(() => response.destroy(), farewellMs).unref()
      const stream = viewer === null ? null : streams.open(viewer, end)
      if (viewer !== null && stream === null) return false
      responses.add(response)
      let writtenBytes = -1
      const watching = setInterval(() => {
        const written = response.socket?.bytesWritten ?? 0
        const isStuck = response.writableLength > 0 && written === writtenBytes
        writtenBytes = written
        if (isStuck) response.destroy()
      }, unreadMs).unref()
      response.once('close', () => {
        clearInterval(watching)
        responses.delete(response)
        stream?.release()
      })
      return true
    },
    close: () => {
      for (const response of responses) response.destroy()
    },
  }
}

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
