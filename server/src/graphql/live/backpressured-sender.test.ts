import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { streamLimitsOf } from '../../platform/config/stream-limits.ts'
import { type BackpressuredSender, createBackpressuredSender, sharedText } from './backpressured-sender.ts'

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

/** A reader, and the sender to it. */
async function connect(
  unreadMs = limits.maxBufferedMs,
): Promise<{ reader: WebSocket; near: WebSocket; outlet: BackpressuredSender }> {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const accepted = new Promise<{ near: WebSocket; outlet: BackpressuredSender }>((resolve) => {
    http.on('upgrade', (request: IncomingMessage, wire: Duplex, head: Buffer) => {
      sockets.handleUpgrade(request, wire, head, (near) =>
        resolve({ near, outlet: createBackpressuredSender(near, wire, { ...limits, maxBufferedMs: unreadMs }) }),
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

const noHead = Buffer.alloc(0)

/** Sends until the sender asks to wait, which it does once the system takes no more. */
function fill(send: () => Promise<void> | undefined): Promise<void> {
  for (let sent = 0; sent < 2_000; sent++) {
    const wait = send()
    if (wait !== undefined) return wait
  }
  throw new Error('the outlet never asked to wait')
}

describe('a backpressured sender', () => {
  it.each([1, 125, 126, 65_535, 65_536, 70_000])('writes %i bytes after a head as one message', async (length) => {
    const { reader, outlet } = await connect()
    const body = 'é'.repeat(Math.floor((length - 1) / 2))
    const text = `${body}${'x'.repeat(length - 1 - Buffer.byteLength(body))}`
    const got = once(reader, 'message')
    await outlet.sendShared(Buffer.from('<'), sharedText(text))
    expect(String((await got)[0])).toBe(`<${text}`)
  })

  it('keeps the order of messages sent in either way', async () => {
    const { reader, outlet } = await connect()
    const got: string[] = []
    reader.on('message', (bytes) => got.push(String(bytes)))
    for (let at = 0; at < 200; at++) {
      await (at % 2 === 0 ? outlet.send(`${at}`) : outlet.sendShared(noHead, sharedText(`${at}`)))
    }
    while (got.length < 200) await once(reader, 'message')
    expect(got).toEqual(Array.from({ length: 200 }, (_, at) => `${at}`))
  })

  // Fails with `unread < Infinity` in place of `unread < pacedFromBytes`.
  it('waits for a reader who pauses, and continues when they resume', async () => {
    const { reader, near, outlet } = await connect()
    reader.pause()
    const waiting = fill(() => outlet.sendShared(noHead, sharedText('x'.repeat(60_000))))
    reader.resume()
    await waiting
    expect(near.readyState).toBe(near.OPEN)
  })

  // Fails without the timeout.
  it('closes with 1013 if a reader doesn’t read for too long', async () => {
    const { reader, near, outlet } = await connect(200)
    reader.pause()
    await fill(() => outlet.send('x'.repeat(60_000)))
    expect(near.readyState).not.toBe(near.OPEN)
    reader.resume()
    const [code] = await once(reader, 'close')
    // 1006 if the close frame was behind more data than could be sent.
    expect([1013, 1006]).toContain(code)
  })

  // Fails without the bound on unread bytes.
  it('closes at once if too many concurrent messages are queued', async () => {
    const { reader, near, outlet } = await connect()
    reader.pause()
    for (let sent = 0; near.readyState === near.OPEN && sent < 2_000; sent++) void outlet.send('x'.repeat(60_000))
    expect(near.readyState).not.toBe(near.OPEN)
    expect(near.bufferedAmount).toBeLessThan(limits.maxBufferedBytes + 200_000)
  })

  it('sends many readers the same text, each after its own head, of any length', async () => {
    const readers = await Promise.all(Array.from({ length: 12 }, () => connect()))
    const heads = readers.map((_, at) => `{"id":"${'é"'.repeat(at % 3)}${at}":`)
    const got = readers.map(({ reader }) => collect(reader, 3))
    for (const text of ['a', 'b'.repeat(200), 'c'.repeat(70_000)]) {
      const shared = sharedText(text)
      readers.forEach(({ outlet }, at) => void outlet.sendShared(Buffer.from(heads[at] ?? ''), shared))
    }
    const expected = heads.map((head) => [`${head}a`, `${head}${'b'.repeat(200)}`, `${head}${'c'.repeat(70_000)}`])
    expect(await Promise.all(got)).toEqual(expected)
  })

  // Fails if a frame is reused before the system has taken it: the slow reader gets the other's heads.
  it('keeps what is queued for a slow reader unchanged while others get the same text', async () => {
    const slow = await connect()
    const quick = await connect()
    const text = 'x'.repeat(60_000)
    slow.reader.pause()
    let sent = 0
    let waits: Promise<void> | undefined
    while (waits === undefined && sent < 2_000) {
      const shared = sharedText(text)
      waits = slow.outlet.sendShared(headOf('slow', sent), shared)
      await quick.outlet.sendShared(headOf('fast', sent), shared)
      sent += 1
    }
    const got = collect(slow.reader, sent)
    slow.reader.resume()
    await waits
    const heads = (await got).map((message) => message.slice(0, -text.length))
    expect(heads).toEqual(Array.from({ length: sent }, (_, at) => String(headOf('slow', at))))
  })

  it('continues with the next reader if a socket closes meanwhile', async () => {
    const [before, closing, after] = await Promise.all([connect(), connect(), connect()])
    const got = [collect(before.reader, 2), collect(after.reader, 2)]
    for (const text of ['one', 'two']) {
      const shared = sharedText(text)
      void before.outlet.sendShared(noHead, shared)
      closing.near.terminate()
      void closing.outlet.sendShared(noHead, shared)
      void after.outlet.sendShared(noHead, shared)
    }
    expect(await Promise.all(got)).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ])
  })
})

const headOf = (name: string, at: number) => Buffer.from(`${name} ${String(at).padStart(4, '0')} `)

/** Resolves with what a reader receives, once there are `count` messages. */
function collect(reader: WebSocket, count: number): Promise<string[]> {
  const got: string[] = []
  return new Promise((resolve) => {
    reader.on('message', (bytes) => {
      if (got.push(String(bytes)) === count) resolve(got)
    })
  })
}
