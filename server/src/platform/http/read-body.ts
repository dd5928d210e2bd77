import type { IncomingMessage } from 'node:http'

/** The client disconnected before sending the whole request: there is nobody to answer, and nothing failed here. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('the client went away while it sent a request', { cause })
    this.name = 'ClientGoneError'
  }
}

/** The permission a body needs to exceed `fromBytes`. */
export type LargeBodies = Readonly<{ fromBytes: number; acquire: () => boolean }>

/** Too many large bodies are already being read. */
export class TooManyBodiesError extends Error {}

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. Stops reading at the first excess byte.
 *
 * @throws ClientGoneError when the body is cut off; TooManyBodiesError when `large` admits no more of them
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  large: LargeBodies = { fromBytes: Number.POSITIVE_INFINITY, acquire: () => true },
): Promise<Buffer | null> {
  const contentLength = Number(request.headers['content-length'] ?? 0)
  if (contentLength > maxBytes) return null
  let isLarge = contentLength > large.fromBytes
  if (isLarge && !large.acquire()) throw new TooManyBodiesError()
  const chunks: Buffer[] = []
  let size = 0
  try {
    // A request without setEncoding yields buffers, which its type doesn't say.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) return null
      if (!isLarge && size > large.fromBytes) {
        isLarge = true
        if (!large.acquire()) throw new TooManyBodiesError()
      }
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof TooManyBodiesError ? error : new ClientGoneError(error)
  }
  return Buffer.concat(chunks, size)
}
