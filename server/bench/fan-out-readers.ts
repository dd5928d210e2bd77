import { once } from 'node:events'
import WebSocket from 'ws'

/** How a socket is opened, and the messages sent before it reads. */
export type Handshake = Readonly<{
  url: string
  protocols: readonly string[]
  cookie: string | null
  /** The messages, each sent after a response to the previous one. */
  words: readonly string[]
}>

/** The delivery of one change to all readers. */
export type Delivery = Readonly<{ payload: string; latenciesMs: readonly number[] }>

export type Readers = AsyncDisposable &
  Readonly<{
    /**
     * Makes a change and waits until every reader has received it, exactly once, under its own ID.
     *
     * @param isSame - whether all must receive the same payload
     */
    deliver(change: () => Promise<unknown>, isSame?: boolean): Promise<Delivery>
  }>

const openedAtOnce = 50
const patienceMs = 60_000

/** The head of a message to the reader with this number; all heads have the same length. */
export function headOf(reader: number): string {
  return `{"id":"${idOf(reader)}","type":"next","payload":`
}

export function idOf(reader: number): string {
  return `0199aaaa-0000-7000-8000-${String(reader).padStart(12, '0')}`
}

/** Opens many sockets, a limited number at a time. */
export async function openReaders(count: number, handshakeOf: (reader: number) => Handshake): Promise<Readers> {
  const sockets: WebSocket[] = []
  let unexpected: Error | null = null
  const refuse = (reader: number, text: string) => {
    unexpected ??= new Error(`reader ${reader} got ${text.slice(0, 300)}`)
  }
  let take = refuse
  const open = async (reader: number) => {
    const { url, protocols, cookie, words } = handshakeOf(reader)
    const socket = new WebSocket(url, [...protocols], {
      perMessageDeflate: false,
      headers: cookie === null ? {} : { cookie },
    })
    sockets.push(socket)
    await once(socket, 'open')
    const [first, ...others] = words
    if (first !== undefined) socket.send(first)
    for (const word of others) {
      await once(socket, 'message')
      socket.send(word)
    }
    socket.on('message', (bytes) => take(reader, String(bytes)))
  }
  for (let from = 0; from < count; from += openedAtOnce) {
    const batch = Array.from({ length: Math.min(openedAtOnce, count - from) }, (_, at) => open(from + at))
    await Promise.all(batch)
  }

  async function deliver(change: () => Promise<unknown>, isSame = true): Promise<Delivery> {
    if (unexpected !== null) throw unexpected
    const { promise, resolve, reject } = Promise.withResolvers<Delivery>()
    const latenciesMs: number[] = []
    const received = new Uint8Array(count)
    let payload: string | null = null
    const timeout = setTimeout(
      () => reject(new Error(`${latenciesMs.length} of ${count} got a change within ${patienceMs} ms`)),
      patienceMs,
    )
    const startedAt = performance.now()
    take = (reader, text) => {
      const head = headOf(reader)
      const body = text.slice(head.length, -1)
      payload ??= body
      if (!text.startsWith(head) || (isSame && body !== payload) || received[reader] !== 0) {
        reject(new Error(`reader ${reader} got ${text.slice(0, 300)}`))
      }
      received[reader] = 1
      latenciesMs.push(performance.now() - startedAt)
      if (latenciesMs.length === count) resolve({ payload, latenciesMs })
    }
    try {
      const [delivery] = await Promise.all([promise, change()])
      return delivery
    } finally {
      take = refuse
      clearTimeout(timeout)
    }
  }

  return {
    deliver,
    [Symbol.asyncDispose]: async () => {
      const closed = sockets.map((socket) => (socket.readyState === socket.CLOSED ? null : once(socket, 'close')))
      for (const socket of sockets) socket.terminate()
      await Promise.all(closed)
    },
  }
}
