import type { IncomingMessage } from 'node:http'

/** The client disconnected before sending the whole request: there is nobody to answer, and nothing failed here. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('the client went away while it sent a request', { cause })
    this.name = 'ClientGoneError'
  }
}

/** The bodies that are being received need more memory than they may, and this one came slowest. */
export class TooManyBodiesError extends Error {}

/** The memory that bodies share until they are complete. */
export type BodyMemory = Readonly<{
  /** Starts counting a body. `cut` is called if it has to give its memory back. */
  open(cut: () => void): Readonly<{ add(bytes: number): void; release(): void }>
}>

type Held = { bytes: number; readonly since: number; readonly cut: () => void }

/**
 * Limits the bytes that incomplete bodies hold together. Beyond it the slowest body is cut, so that whoever trickles a
 * body keeps nobody else from sending one.
 */
export function createBodyMemory(maxBytes: number): BodyMemory {
  const bodies = new Set<Held>()
  let total = 0

  const release = (body: Held) => {
    if (bodies.delete(body)) total -= body.bytes
  }

  return {
    open: (cut) => {
      const body: Held = { bytes: 0, since: performance.now(), cut }
      bodies.add(body)
      return {
        add: (bytes) => {
          body.bytes += bytes
          total += bytes
          while (total > maxBytes) {
            const slowest = slowestOf(bodies)
            if (slowest === null) return
            release(slowest)
            slowest.cut()
          }
        },
        release: () => release(body),
      }
    },
  }
}

function slowestOf(bodies: ReadonlySet<Held>): Held | null {
  const now = performance.now()
  // One more millisecond, because a body that has just begun has no age to divide by.
  const rateOf = ({ bytes, since }: Held) => bytes / (now - since + 1)
  let slowest: Held | null = null
  for (const body of bodies) {
    if (body.bytes > 0 && (slowest === null || rateOf(body) < rateOf(slowest))) slowest = body
  }
  return slowest
}

const unlimited: BodyMemory = { open: () => ({ add: () => undefined, release: () => undefined }) }

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. Stops reading at the first excess byte.
 *
 * @throws ClientGoneError when the body is cut off; TooManyBodiesError when `memory` is full and this body the slowest
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  memory: BodyMemory = unlimited,
): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null
  const chunks: Buffer[] = []
  let size = 0
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>()
  const share = memory.open(() => reject(new TooManyBodiesError()))
  const receive = (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) return resolve(null)
    chunks.push(chunk)
    share.add(chunk.length)
  }
  const end = () => resolve(Buffer.concat(chunks, size))
  const fail = (error?: Error) => reject(new ClientGoneError(error))
  const close = () => fail()
  request.on('data', receive).on('end', end).on('error', fail).on('close', close)
  try {
    return await promise
  } finally {
    share.release()
    request.pause().off('data', receive).off('end', end).off('error', fail).off('close', close)
  }
}
