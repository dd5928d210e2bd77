import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'
import type { SharedText } from './shared-text.ts'

/** Above this number of unread bytes, senders wait for the reader. Most messages have less than 1,000 bytes. */
const pacedFromBytes = 64 * 1024

/** The WebSocket close code "try again later" (RFC 6455 registry): clients reconnect, and resume where they were. */
export const tryAgainLater = 1013

/** The time that a slow reader has to receive the close frame. */
const farewellMs = 1_000

/** Sends messages to one socket with backpressure. */
export type BackpressuredSender = Readonly<{
  /**
   * Sends one message. Returns a promise if the sender should wait before the next one. It resolves once there is room.
   */
  send(text: string): Promise<void> | undefined
  /** Like `send`, for a message shared with other subscribers, behind a head of this reader's own. */
  sendShared(head: Buffer, text: SharedText): Promise<void> | undefined
}>

/**
 * Sends at the pace of the reader, and disconnects one that stops reading. This is the only bound on the memory of a
 * slow reader: streams wait for it, and continue from the change log when it is ready.
 *
 * @param wire - the stream that the socket writes to, with nothing in between, especially no compression
 */
export function createBackpressuredSender(
  socket: WebSocket,
  wire: Duplex,
  { maxBufferedBytes: unreadBytes, maxBufferedMs: unreadMs }: StreamLimits,
): BackpressuredSender {
  const cutOff = () => {
    if (socket.readyState !== socket.OPEN) return
    socket.close(tryAgainLater, 'Reading too slowly: reconnect, and resume after your last cursor')
    // The close frame may never be sent behind all the unread data.
    setTimeout(() => socket.terminate(), farewellMs).unref()
  }

  /**
   * Whether a message may be sent: at once, with a wait after it, or not at all. Disconnects a reader with too much
   * unread data.
   */
  function room(): 'enough' | 'little' | 'none' {
    if (socket.readyState !== socket.OPEN) return 'none'
    const unread = socket.bufferedAmount
    if (unread < pacedFromBytes) return 'enough'
    if (unread <= unreadBytes) return 'little'
    // The operations of a socket wait independently of each other, and may together be too much.
    cutOff()
    return 'none'
  }

  /** Waits until the message is written. The callback of a write is also called if the socket closes first. */
  function paced(write: (written: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(cutOff, unreadMs)
      write(() => {
        clearTimeout(patience)
        resolve()
      })
    })
  }

  return {
    send: (text) => {
      const left = room()
      if (left === 'little') return paced((written) => socket.send(text, written))
      if (left === 'enough') socket.send(text)
      return undefined
    },
    sendShared: (head, text) => {
      const left = room()
      if (left === 'little') return paced((written) => text.writeTo(wire, head, written))
      if (left === 'enough') text.writeTo(wire, head)
      return undefined
    },
  }
}
