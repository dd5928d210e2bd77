import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { Person } from './running-church.ts'

export type OpenSocket = Readonly<{
  client: Client
  /** Resolves with the server's close code. */
  closed: Promise<number>
}>

/** An acknowledged socket of one user, with no operation on it. */
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
      // graphql-ws leaves the type of the event to the implementation; here it is a CloseEvent.
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
