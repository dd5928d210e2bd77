import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { Person } from './running-church.ts'

export type OpenSocket = Readonly<{
  client: Client
  /** Resolves with the code that the server closed the socket with. */
  closed: Promise<number>
}>

/** A socket of one person's, open and accepted, with nothing going on over it. */
export async function openSocket(url: string, { cookie }: Pick<Person, 'cookie'>): Promise<OpenSocket> {
  class SocketOf extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers: { cookie } })
    }
  }
  const closed = Promise.withResolvers<number>()
  const connected = Promise.withResolvers<void>()
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: SocketOf,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    on: {
      connected: () => connected.resolve(),
      // The event is a CloseEvent, which graphql-ws leaves to the implementation.
      closed: (event) => {
        const { code } = event as { code: number }
        closed.resolve(code)
        connected.reject(new Error(`closed with ${code}`))
      },
    },
  })
  await connected.promise
  return { client, closed: closed.promise }
}
