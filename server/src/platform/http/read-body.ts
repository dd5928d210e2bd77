import type { IncomingMessage } from 'node:http'

/** Whoever sent a request went away before all of it was here: nobody is left to answer, and nothing of ours has failed. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('the client went away while it sent a request', { cause })
    this.name = 'ClientGoneError'
  }
}

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. Stops reading at the first byte too many.
 * @throws ClientGoneError when the rest never comes
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null
  const chunks: Buffer[] = []
  let size = 0
  try {
    // A request without setEncoding gives buffers, which its type does not say.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) return null
      chunks.push(chunk)
    }
  } catch (error) {
    throw new ClientGoneError(error)
  }
  return Buffer.concat(chunks, size)
}
