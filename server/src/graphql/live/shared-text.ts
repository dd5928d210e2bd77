import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

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
