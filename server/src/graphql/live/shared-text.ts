import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The end of a text message that goes out to many, behind a head of each one's own. */
export type SharedText = Readonly<{
  /** Writes head and text as one message. The callback comes when it is out, or never will be. */
  writeTo(wire: Duplex, head: Buffer, written?: () => void): void
}>

/**
 * Makes a text ready to be written many times. A message is one piece, because the system is paid for each piece; and the
 * piece is one and the same for all, with another head set in each time, because copying and forgetting thousands of
 * them costs as much again.
 */
export function sharedText(text: string): SharedText {
  const tail = Buffer.from(text)
  // Heads mostly have one length: clients number their operations alike. More than one frame is not worth its memory.
  let frame: Frame | null = null

  return {
    writeTo: (wire, head, written) => {
      const own = frame?.headLength === head.length ? frame : frameFor(head.length, tail)
      own.bytes.set(head, own.headAt)
      wire.write(own.bytes, written)
      // A socket that holds nothing back has handed all of it to the system. Otherwise these bytes are that socket's now.
      const isOut = wire instanceof Socket && wire.writableLength === 0
      frame = isOut ? own : null
    },
  }
}

type Frame = Readonly<{ bytes: Buffer; headAt: number; headLength: number }>

/** A whole text message, unmasked and in one frame (RFC 6455, 5.2), as a server sends it. */
function frameFor(headLength: number, tail: Buffer): Frame {
  const length = headLength + tail.length
  const start = frameStart(length)
  const bytes = Buffer.allocUnsafeSlow(start.length + length)
  bytes.set(start)
  bytes.set(tail, start.length + headLength)
  return { bytes, headAt: start.length, headLength }
}

/** What stands before a whole message in text, with its length in the shortest of three ways. */
function frameStart(length: number): readonly number[] {
  if (length < 126) return [0x81, length]
  if (length < 65_536) return [0x81, 126, length >> 8, length & 0xff]
  return [0x81, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
}
