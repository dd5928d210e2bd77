import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'

/** A received message, its signature verified by the Standard Webhooks library. */
type Received = Readonly<{
  id: string
  headers: IncomingHttpHeaders
  text: string
  body: Readonly<{ type: string; timestamp: string; data: Record<string, unknown> }>
  isSigned: boolean
}>

/** How a receiver responds: with a status, or by a handler. */
export type Answering = (received: Received, response: ServerResponse) => void

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** A webhook receiver on a free loopback port. Responds with 204 by default. */
export async function startReceiver() {
  const received: Received[] = []
  const secrets: string[] = []
  let answering: Answering = (_received, response) => response.writeHead(204).end()

  const isSigned = (text: string, headers: IncomingHttpHeaders) =>
    secrets.some((secret) => {
      try {
        new Webhook(secret).verify(text, headers as Record<string, string>)
        return true
      } catch {
        return false
      }
    })
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { headers } = request
    const message: Received = {
      id: String(headers['webhook-id']),
      headers,
      text,
      body: JSON.parse(text),
      isSigned: isSigned(text, headers),
    }
    received.push(message)
    answering(message, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}/in?key=canary-receiver-key`,
    received,
    /** Sets the secrets whose signatures are accepted. */
    trust: (...newSecrets: string[]) => void secrets.splice(0, secrets.length, ...newSecrets),
    answer: (next: Answering) => {
      answering = next
    },
    /** Waits until this many messages were received. */
    until: (count: number, timeout = 40_000) =>
      vi.waitFor(
        () => {
          if (received.length < count) throw new Error(`${received.length} of ${count} messages arrived`)
          return received
        },
        { timeout, interval: 20 },
      ),
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
