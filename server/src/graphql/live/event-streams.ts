import type { ServerResponse } from 'node:http'
import type { Viewer } from '../../core/access/viewer.ts'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'
import type { OpenStreams } from './open-streams.ts'

/** How long a stream whose session or token has ended may take to say so and end by itself. */
const farewellMs = 1_000

/** The event streams (SSE) of this node. */
export type EventStreams = Readonly<{
  /** Watches over an answer that goes on for as long as somebody listens. False: the user has too many open. */
  open(response: ServerResponse, viewer: Viewer | null): boolean
  /** Ends all of them. Clients come back, and resume. */
  close(): void
}>

/** Bounds event streams as sockets are bounded: in number, by their session or token, and by how long they are not read. */
export function createEventStreams(streams: OpenStreams, { maxBufferedMs: unreadMs }: StreamLimits): EventStreams {
  const responses = new Set<ServerResponse>()

  return {
    open: (response, viewer) => {
      // The stream itself tells why it ends; this ends it all the same where nothing is told.
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
