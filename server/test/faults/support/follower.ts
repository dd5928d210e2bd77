import { setTimeout as wait } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { expect } from 'vitest'
import WebSocket from 'ws'
import { decodeCursor } from '../../../src/features/bookings/change-feed/change-cursor.model.ts'

/** A change as a follower got it. */
type Seen = Readonly<{ cursor: string; kind: string; bookingId: string }>

type Result = {
  data?: { bookingChanged: Seen } | null
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

export type FollowerOptions = Readonly<{
  /** The nodes to go to, one after the other as they fail. */
  urls: () => readonly string[]
  cookie: string
  transport: 'WebSocket' | 'SSE'
  after: string
}>

/** Somebody who follows the changes, and after each loss goes on from the last cursor: what a client has to do, no more. */
export type Follower = Readonly<{
  seen: readonly Seen[]
  /** What it was told that no fault excuses. */
  complaints: readonly string[]
  /** How often it had to come back. */
  losses(): number
  /** Cuts its connection, without a goodbye. */
  cut(): void
  end(): Promise<void>
}>

const subscription = 'subscription($after: String) { bookingChanged(after: $after) { cursor kind bookingId } }'

/** What a server may say that is away or stops. Everything else is a fault. */
const excused = ['UNAVAILABLE', 'TIMEOUT']

/** How long a server may be silent before it counts as gone: it pings more often than that, on both ways. */
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
      // However it ended: whoever follows goes on from the last cursor.
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
      // One that is cut before it is open says so once more, when graphql-ws no longer listens.
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
        // The same message as `Result`, but for a `data` that may be anything.
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
        // Every event carries one answer; the last one, `complete`, none.
        if (line.startsWith('data: {')) take(JSON.parse(line.slice('data: '.length)) as Result)
      }
    }
  } finally {
    clearTimeout(patience)
  }
}

/** A row of the log, as the database has it. */
export type LogRow = Readonly<{ ownerId: string; number: bigint; bookingId: string; kind: string }>

/**
 * Fails unless a follower has got exactly the rows of the log after the cursor that it began with: each one's place in the
 * log is told by what its cursor is beyond the one before, each owner's rows in order.
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
