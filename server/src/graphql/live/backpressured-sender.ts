import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { StreamLimits } from '../../platform/config/stream-limits.ts'

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

/** The tail of a text message that many subscribers receive, each behind its own head. */
export type SharedText = Readonly<{
  /** Writes head and text as one message. The callback is called once it is written, or can't be. */
  writeTo(wire: Duplex, head: Buffer, written?: () => void): void
}>

/**
 * Prepares a text to be written many times. A message is one buffer, because each buffer costs a system call. All
 * sockets share the buffer, with the head replaced for each: thousands of copies would cost as much again.
 */
export function sharedText(text: string): SharedText {
  const tail = Buffer.from(text)
  // Heads mostly have the same length, because clients number their operations alike. Caching more than one frame isn't
  // worth the memory.
  let frame: Frame | null = null

  return {
    writeTo: (wire, head, written) => {
      const own = frame?.headLength === head.length ? frame : frameFor(head.length, tail)
      own.bytes.set(head, own.headAt)
      wire.write(own.bytes, written)
      // If the socket buffers nothing, the system has taken the bytes. Otherwise they now belong to that socket.
      const isOut = wire instanceof Socket && wire.writableLength === 0
      frame = isOut ? own : null
    },
  }
}

type Frame = Readonly<{ bytes: Buffer; headAt: number; headLength: number }>

/** A whole text message, unmasked and in one frame (RFC 6455, 5.2), as servers send it. */
function frameFor(headLength: number, tail: Buffer): Frame {
  const length = headLength + tail.length
  const start = frameStart(length)
  const bytes = Buffer.allocUnsafeSlow(start.length + length)
  bytes.set(start)
  bytes.set(tail, start.length + headLength)
  return { bytes, headAt: start.length, headLength }
}

/** The frame header of a text message, with its length in the shortest of three encodings (RFC 6455, 5.2). */
function frameStart(length: number): readonly number[] {
  if (length < 126) return [0x81, length]
  if (length < 65_536) return [0x81, 126, length >> 8, length & 0xff]
  return [0x81, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
}
