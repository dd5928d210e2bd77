import type { ServerResponse } from 'node:http'
import type { Viewer } from '../../core/access/viewer.ts'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'
import type { OpenStreams } from './open-streams.ts'

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
