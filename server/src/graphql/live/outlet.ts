import type { Duplex } from 'node:stream'
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
  /** The same for a message in UTF-8 that is made of parts, some of which others get as well. */
  sendParts(parts: readonly Buffer[]): Promise<void> | undefined
}>

/**
 * Sends at the pace of the reader, and cuts off one who takes nothing in. What a slow reader costs is bounded by this and
 * nothing else: streams wait for it, and read on from the log when it is ready.
 *
 * @param wire - what the socket writes to. Nothing else may stand between the two, compression least of all
 */
export function createOutlet(socket: WebSocket, wire: Duplex, { unreadBytes, unreadMs }: StreamLimits): Outlet {
  const cutOff = () => {
    if (socket.readyState !== socket.OPEN) return
    socket.close(tryAgainLater, 'You read too slowly: come back, and resume after your last cursor')
    // Behind all that is unread the farewell may never be sent.
    setTimeout(() => socket.terminate(), farewellMs).unref()
  }

  /** Writes when there is room; the callback of the write is called as well when the socket ends first. */
  function paced(write: (written?: () => void) => void): Promise<void> | undefined {
    if (socket.readyState !== socket.OPEN) return undefined
    const unread = socket.bufferedAmount
    // Many operations on one socket each wait for themselves, and may be too much together.
    if (unread > unreadBytes) {
      cutOff()
      return undefined
    }
    if (unread < pacedFromBytes) {
      write()
      return undefined
    }
    return new Promise((resolve) => {
      const patience = setTimeout(cutOff, unreadMs)
      write(() => {
        clearTimeout(patience)
        resolve()
      })
    })
  }

  return {
    send: (text) => paced((written) => socket.send(text, written)),
    // As one piece: ws would write its header and the text as two, which costs the system half as much again.
    sendParts: (parts) => paced((written) => wire.write(textFrame(parts), written)),
  }
}

/** An unmasked text message in one frame (RFC 6455, 5.2), as a server sends it. */
function textFrame(parts: readonly Buffer[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const head = frameHead(length)
  const frame = Buffer.allocUnsafe(head.length + length)
  frame.set(head)
  let at = head.length
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

/** A whole message in text, and its length in the shortest of three ways. */
function frameHead(length: number): readonly number[] {
  if (length < 126) return [0x81, length]
  if (length < 65_536) return [0x81, 126, length >> 8, length & 0xff]
  return [0x81, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
}
