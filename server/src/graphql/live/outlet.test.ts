import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { streamLimitsOf } from '../../platform/stream-limits.ts'
import { createOutlet, type Outlet } from './outlet.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const limits = streamLimitsOf({
  LIMIT_STREAMS_PER_USER: 1,
  LIMIT_SUBSCRIPTIONS_PER_SOCKET: 1,
  LIMIT_SOCKET_MESSAGES: 1,
  LIMIT_SOCKET_INIT_MS: 1_000,
  LIMIT_SOCKET_SILENCE_MS: 1_000,
  LIMIT_UNREAD_BYTES: 1_000_000,
  LIMIT_UNREAD_MS: 60_000,
})

/** A reader, and the outlet to it. */
async function connect(unreadMs = limits.unreadMs): Promise<{ reader: WebSocket; near: WebSocket; outlet: Outlet }> {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const accepted = new Promise<{ near: WebSocket; outlet: Outlet }>((resolve) => {
    http.on('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) => {
      sockets.handleUpgrade(request, wire, head, (near) =>
        resolve({ near, outlet: createOutlet(near, wire, { ...limits, unreadMs }) }),
      )
    })
  })
  const address = http.address()
  const reader = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  closing.push(() => {
    reader.terminate()
    http.close()
  })
  await once(reader, 'open')
  return { reader, ...(await accepted) }
}

const partsOf = (...texts: string[]) => texts.map((text) => Buffer.from(text))

/** Sends until the outlet asks to wait, which it does when the system takes no more. */
function fill(send: () => Promise<void> | undefined): Promise<void> {
  for (let sent = 0; sent < 2_000; sent++) {
    const wait = send()
    if (wait !== undefined) return wait
  }
  throw new Error('the outlet never asked to wait')
}

describe('an outlet', () => {
  it.each([1, 125, 126, 65_535, 65_536, 70_000])('writes %i bytes of parts as one message', async (length) => {
    const { reader, outlet } = await connect()
    const body = 'é'.repeat(Math.floor((length - 1) / 2))
    const text = `<${body}${'x'.repeat(length - 1 - Buffer.byteLength(body))}`
    const got = once(reader, 'message')
    await outlet.sendParts(partsOf(text.slice(0, 1), text.slice(1)))
    expect(String((await got)[0])).toBe(text)
  })

  it('keeps the order of what goes out by either way', async () => {
    const { reader, outlet } = await connect()
    const got: string[] = []
    reader.on('message', (bytes) => got.push(String(bytes)))
    for (let at = 0; at < 200; at++) await (at % 2 === 0 ? outlet.send(`${at}`) : outlet.sendParts(partsOf(`${at}`)))
    while (got.length < 200) await once(reader, 'message')
    expect(got).toEqual(Array.from({ length: 200 }, (_, at) => `${at}`))
  })

  // Seen red with `unread < Infinity` for `unread < pacedFromBytes`.
  it('waits for a reader who pauses, and goes on when they do', async () => {
    const { reader, near, outlet } = await connect()
    reader.pause()
    const waiting = fill(() => outlet.sendParts(partsOf('x'.repeat(60_000))))
    reader.resume()
    await waiting
    expect(near.readyState).toBe(near.OPEN)
  })

  // Seen red with a patience that does nothing.
  it('closes with 1013 on a reader who takes nothing in for too long', async () => {
    const { reader, near, outlet } = await connect(200)
    reader.pause()
    await fill(() => outlet.send('x'.repeat(60_000)))
    expect(near.readyState).not.toBe(near.OPEN)
    reader.resume()
    const [code] = await once(reader, 'close')
    // 1006 where the farewell was behind more than could be sent.
    expect([1013, 1006]).toContain(code)
  })

  // Seen red without the bound: it wrote on.
  it('closes at once when too many do not wait for each other', async () => {
    const { reader, near, outlet } = await connect()
    reader.pause()
    for (let sent = 0; near.readyState === near.OPEN && sent < 2_000; sent++) void outlet.send('x'.repeat(60_000))
    expect(near.readyState).not.toBe(near.OPEN)
    expect(near.bufferedAmount).toBeLessThan(limits.unreadBytes + 200_000)
  })
})
