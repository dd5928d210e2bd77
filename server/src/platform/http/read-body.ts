import type { IncomingMessage } from 'node:http'

/** Whoever sent a request went away before all of it was here: nobody is left to answer, and nothing of ours has failed. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('the client went away while it sent a request', { cause })
    this.name = 'ClientGoneError'
  }
}

/** What a body has to ask for before it may be larger than so many bytes. */
export type LargeBodies = Readonly<{ fromBytes: number; mayBeRead: () => boolean }>

/** Too many large bodies are being read as it is. */
export class TooManyBodiesError extends Error {}

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. Stops reading at the first byte too many.
 * @throws ClientGoneError when the rest never comes; TooManyBodiesError when `large` lets in no more of them
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  large: LargeBodies = { fromBytes: Number.POSITIVE_INFINITY, mayBeRead: () => true },
): Promise<Buffer | null> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) return null
  let isLarge = announced > large.fromBytes
  if (isLarge && !large.mayBeRead()) throw new TooManyBodiesError()
  const chunks: Buffer[] = []
  let size = 0
  try {
    // A request without setEncoding gives buffers, which its type does not say.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) return null
      if (!isLarge && size > large.fromBytes) {
        isLarge = true
        if (!large.mayBeRead()) throw new TooManyBodiesError()
      }
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof TooManyBodiesError ? error : new ClientGoneError(error)
  }
  return Buffer.concat(chunks, size)
}
