import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'
import type { SharedText } from './shared-text.ts'

/** From so many unread bytes on, whoever sends waits for the reader. Most messages have less than one thousand. */
const pacedFromBytes = 64 * 1024

/** WebSocket close code "try again later" (RFC 6455 registry): clients come back, and resume where they were. */
export const tryAgainLater = 1013

/** How long the farewell to a reader who does not read may take. */
const farewellMs = 1_000

/** The way out to one socket. */
export type BackpressuredSender = Readonly<{
  /** Sends one message. Returns a promise when the sender should wait with the next one: it resolves when there is room. */
  send(text: string): Promise<void> | undefined
  /** The same for a message that others get as well, behind a head of this reader's own. */
  sendShared(head: Buffer, text: SharedText): Promise<void> | undefined
}>

/**
 * Sends at the pace of the reader, and cuts off one who takes nothing in. What a slow reader costs is bounded by this and
 * nothing else: streams wait for it, and read on from the log when it is ready.
 *
 * @param wire - what the socket writes to. Nothing else may stand between the two, compression least of all
 */
export function createBackpressuredSender(
  socket: WebSocket,
  wire: Duplex,
  { maxBufferedBytes: unreadBytes, maxBufferedMs: unreadMs }: StreamLimits,
): BackpressuredSender {
  const cutOff = () => {
    if (socket.readyState !== socket.OPEN) return
    socket.close(tryAgainLater, 'Reading too slowly: reconnect, and resume after your last cursor')
    // Behind all that is unread the farewell may never be sent.
    setTimeout(() => socket.terminate(), farewellMs).unref()
  }

  /** Whether something may be sent: at once, or with a wait behind it. Closes on a reader for whom too much waits. */
  function room(): 'enough' | 'little' | 'none' {
    if (socket.readyState !== socket.OPEN) return 'none'
    const unread = socket.bufferedAmount
    if (unread < pacedFromBytes) return 'enough'
    if (unread <= unreadBytes) return 'little'
    // Many operations on one socket each wait for themselves, and may be too much together.
    cutOff()
    return 'none'
  }

  /** Waits until what is written is out; the callback of a write is called as well when the socket ends first. */
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
