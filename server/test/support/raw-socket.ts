import { once } from 'node:events'
import WebSocket from 'ws'

/** A message of the protocol graphql-transport-ws. */
export type Message = Readonly<{ type: string; id?: string; payload?: unknown }>

export type RawSocket = Readonly<{
  socket: WebSocket
  /** All messages received so far. */
  messages: readonly Message[]
  say(...outgoing: (Message | string)[]): void
  /** Resolves with the first message that matches. */
  heard(is: (message: Message) => boolean): Promise<Message>
  /** Sends `connection_init` and waits for the acknowledgement. */
  init(payload?: Record<string, unknown>): Promise<void>
  /** Resolves with the close code, from either side. */
  closed: Promise<number>
}>

export type RawSocketOptions = Readonly<{
  cookie?: string
  protocols?: string[]
  /** False: a peer that is gone without closing the connection. */
  answersPings?: boolean
}>

/** A socket over which a test sends any message, valid or not. */
export async function openRawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { cookie, protocols = ['graphql-transport-ws'], answersPings = true } = options
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, {
    headers: cookie === undefined ? {} : { cookie },
    autoPong: answersPings,
  })
  const messages: Message[] = []
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.on('message', (bytes) => messages.push(JSON.parse(String(bytes)) as Message))
  socket.on('error', () => undefined)
  await once(socket, 'open')

  const say = (...outgoing: (Message | string)[]) => {
    for (const message of outgoing) socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }
  async function heard(is: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = messages.find(is)
      if (found !== undefined) return found
      await Promise.race([
        once(socket, 'message'),
        closed.then((code) => Promise.reject(new Error(`the socket was closed with ${code}`))),
      ])
    }
  }
  return {
    socket,
    messages,
    say,
    heard,
    closed,
    init: async (payload) => {
      say(payload === undefined ? { type: 'connection_init' } : { type: 'connection_init', payload })
      await heard(({ type }) => type === 'connection_ack')
    },
  }
}
