import type { WebSocket } from 'ws'
import type { StreamLimits } from '../../platform/stream-limits.ts'

/** From so many unread bytes on, whoever sends waits for the reader. Most messages have less than one thousand. */
const pacedFromBytes = 64 * 1024

/** WebSocket close code "try again later" (RFC 6455 registry): clients come back, and resume where they were. */
export const tryAgainLater = 1013

/** How long the farewell to a reader who does not read may take. */
const farewellMs = 1_000

/** The way out to one socket. */
export type Outlet = Readonly<{
  /** Sends one message. Returns a promise when the sender should wait with the next one: it resolves when there is room. */
  send(text: string): Promise<void> | undefined
}>

/**
 * Sends at the pace of the reader, and cuts off one who takes nothing in. What a slow reader costs is bounded by this and
 * nothing else: streams wait for it, and read on from the log when it is ready.
 */
export function createOutlet(socket: WebSocket, { unreadBytes, unreadMs }: StreamLimits): Outlet {
  const cutOff = () => {
    if (socket.readyState !== socket.OPEN) return
    socket.close(tryAgainLater, 'You read too slowly: come back, and resume after your last cursor')
    // Behind all that is unread the farewell may never be sent.
    setTimeout(() => socket.terminate(), farewellMs).unref()
  }

  return {
    send: (text) => {
      if (socket.readyState !== socket.OPEN) return undefined
      const unread = socket.bufferedAmount
      // Many operations on one socket each wait for themselves, and may be too much together.
      if (unread > unreadBytes) {
        cutOff()
        return undefined
      }
      if (unread < pacedFromBytes) {
        socket.send(text)
        return undefined
      }
      return new Promise((resolve) => {
        const patience = setTimeout(cutOff, unreadMs)
        // Called as well when the socket ends first; then there is nobody to tell.
        socket.send(text, () => {
          clearTimeout(patience)
          resolve()
        })
      })
    },
  }
}
