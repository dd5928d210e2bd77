import { setTimeout as wait } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { expect } from 'vitest'
import WebSocket from 'ws'
import { decodeCursor } from '../../../src/features/bookings/change-feed/position.model.ts'

/** A change as a follower received it. */
type Seen = Readonly<{ cursor: string; kind: string; bookingId: string }>

type Result = {
  data?: { bookingChanged: Seen } | null
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

export type FollowerOptions = Readonly<{
  /** The nodes to connect to, in turn as they fail. */
  urls: () => readonly string[]
  cookie: string
  transport: 'WebSocket' | 'SSE'
  after: string
}>

/** A subscriber that resumes after each loss from its last cursor, as every client has to, and does nothing more. */
export type Follower = Readonly<{
  seen: readonly Seen[]
  /** The errors that no fault excuses. */
  complaints: readonly string[]
  /** The number of reconnects. */
  losses(): number
  /** Drops its connection without a close frame. */
  cut(): void
  end(): Promise<void>
}>

const subscription = 'subscription($after: String) { bookingChanged(after: $after) { cursor kind bookingId } }'

/** The codes of a server that is unavailable or stopping. Any other is a fault. */
const excused = ['UNAVAILABLE', 'TIMEOUT']

/** How long a server may be silent before it counts as gone: it pings more often, on both transports. */
const silenceMs = 3_000

export function startFollower({ urls, cookie, transport, after }: FollowerOptions): Follower {
  const seen: Seen[] = []
  const complaints: string[] = []
  let cursor = after
  let losses = 0
  let isOver = false
  let cut: () => void = () => undefined

  function take({ data, errors }: Result): void {
    for (const { message, extensions } of errors ?? []) {
      if (!excused.includes(extensions?.code ?? '')) complaints.push(`${extensions?.code}: ${message}`)
    }
    if (data == null) return
    seen.push(data.bookingChanged)
    cursor = data.bookingChanged.cursor
  }

  const followBy = { WebSocket: followByWebSocket, SSE: followByEvents }[transport]
  const running = (async () => {
    for (let attempt = 0; !isOver; attempt++) {
      const choices = urls()
      const connection = new AbortController()
      cut = () => connection.abort()
      // However the connection ended, the follower resumes from its last cursor.
      await followBy(choices[attempt % choices.length] ?? '', cookie, cursor, take, connection.signal).catch(() => null)
      losses += 1
      if (!isOver) await wait(20 + Math.random() * 80)
    }
  })()

  return {
    seen,
    complaints,
    losses: () => losses - (isOver ? 1 : 0),
    cut: () => cut(),
    end: async () => {
      isOver = true
      cut()
      await running
    },
  }
}

type Follow = (
  url: string,
  cookie: string,
  after: string,
  take: (result: Result) => void,
  signal: AbortSignal,
) => Promise<void>

const followByWebSocket: Follow = async (url, cookie, after, take, signal) => {
  class SocketOf extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers: { cookie }, handshakeTimeout: silenceMs })
      // A socket that is dropped before it opens emits another error, when graphql-ws no longer listens.
      this.on('error', () => undefined)
    }
  }
  let pong: NodeJS.Timeout | undefined
  const client: Client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: SocketOf,
    retryAttempts: 0,
    keepAlive: silenceMs / 2,
    connectionAckWaitTimeout: silenceMs,
    on: {
      ping: (isReceived) => {
        if (!isReceived) pong = setTimeout(() => client.terminate(), silenceMs / 2)
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pong)
      },
      closed: () => clearTimeout(pong),
    },
  })
  const stop = () => client.terminate()
  signal.addEventListener('abort', stop)
  try {
    await new Promise<void>((resolve, reject) => {
      client.subscribe<{ bookingChanged: Seen }>(
        { query: subscription, variables: { after } },
        // The same message as `Result`, except that its `data` has any type.
        { next: (result) => take(result as Result), error: reject, complete: resolve },
      )
    })
  } finally {
    clearTimeout(pong)
    signal.removeEventListener('abort', stop)
    client.terminate()
  }
}

const followByEvents: Follow = async (url, cookie, after, take, signal) => {
  const silence = new AbortController()
  let patience = setTimeout(() => silence.abort(), silenceMs)
  const heard = () => {
    clearTimeout(patience)
    patience = setTimeout(() => silence.abort(), silenceMs)
  }
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', cookie },
      body: JSON.stringify({ query: subscription, variables: { after } }),
      signal: AbortSignal.any([signal, silence.signal]),
    })
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      heard()
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        // Every event carries one result; the last one, `complete`, has none.
        if (line.startsWith('data: {')) take(JSON.parse(line.slice('data: '.length)) as Result)
      }
    }
  } finally {
    clearTimeout(patience)
  }
}

/** A row of the log, as stored in the database. */
export type LogRow = Readonly<{ ownerId: string; number: bigint; bookingId: string; kind: string }>

/**
 * Fails unless a follower received exactly the log's rows after its first cursor. Each change's number is what its
 * cursor adds to the previous one, so each owner's rows must be in order.
 */
export function expectExactly(follower: Follower, after: string, log: readonly LogRow[]): void {
  let position = positionOf(after)
  const got = follower.seen.map(({ cursor, kind, bookingId }) => {
    const next = positionOf(cursor)
    const moved = [...next].filter(([owner, number]) => number !== (position.get(owner) ?? 0n))
    position = next
    return `${moved.map(([owner, number]) => `${owner} ${number}`).join()} ${kind.toLowerCase()} ${rowIdOf(bookingId)}`
  })
  const rows = log.map(({ ownerId, number, kind, bookingId }) => `${ownerId} ${number} ${kind} ${bookingId}`)
  expect(follower.complaints).toEqual([])
  for (const ownerId of new Set(log.map((row) => row.ownerId))) {
    const ofOwner = (lines: readonly string[]) => lines.filter((line) => line.startsWith(ownerId))
    expect(ofOwner(got)).toEqual(ofOwner(rows))
  }
  expect(got.length).toBe(rows.length)
}

function positionOf(cursor: string): ReadonlyMap<string, bigint> {
  const position = decodeCursor(cursor)
  if (position === null) throw new Error('this is no cursor')
  return position
}

function rowIdOf(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().slice('Booking:'.length)
}
