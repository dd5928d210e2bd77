import type { IncomingMessage } from 'node:http'

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. Stops reading at the first byte too many.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null
  const chunks: Buffer[] = []
  let size = 0
  // A request without setEncoding gives buffers, which its type does not say.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
