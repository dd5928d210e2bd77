import { createRoot } from 'solid-js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sampleBooking } from '../sample-booking.ts'
import { type BookingFeed, createBookingFeed, type FeedListener, type FeedPorts } from './booking-feed.ts'

/** A fake server controlled by the test. */
function createFakeServer() {
  const subscriptions: { after: string; listener: FeedListener; isStopped: boolean }[] = []
  const seen: { cursor: string; isCaughtUp: boolean }[] = []
  const waits: number[] = []
  let release = () => {}
  const ports = {
    load: vi.fn<FeedPorts['load']>(async () => 'c0'),
    subscribe: (after: string, listener: FeedListener) => {
      const subscription = { after, listener, isStopped: false }
      subscriptions.push(subscription)
      return () => {
        subscription.isStopped = true
      }
    },
    endOfLog: vi.fn<FeedPorts['endOfLog']>(async () => 'c0'),
    onChange: (change: { cursor: string }, isCaughtUp: boolean) =>
      void seen.push({ cursor: change.cursor, isCaughtUp }),
    confirmSessionEnded: vi.fn<FeedPorts['confirmSessionEnded']>(async () => true),
    wait: (attempt: number, signal: AbortSignal) => {
      waits.push(attempt)
      return new Promise<void>((resolve) => {
        release = resolve
        signal.addEventListener('abort', () => resolve())
      })
    },
  }
  const change = (cursor: string) => ({ cursor, kind: 'UPDATED' as const, bookingId: 'b1', booking: sampleBooking() })
  return {
    ports,
    subscriptions,
    seen,
    waits,
    last: () => {
      const subscription = subscriptions.at(-1)
      if (!subscription) throw new Error('nothing has subscribed yet')
      return subscription
    },
    emit: (...cursors: string[]) => {
      for (const cursor of cursors) subscriptions.at(-1)?.listener.onChange(change(cursor))
    },
    retry: () => release(),
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

let fake: ReturnType<typeof createFakeServer>
let feed: BookingFeed
let dispose = () => {}
const start = async () => {
  createRoot((end) => {
    dispose = end
    feed = createBookingFeed(fake.ports)
  })
  await settle()
}
beforeEach(() => {
  vi.useFakeTimers()
  fake = createFakeServer()
})
afterEach(() => {
  dispose()
  vi.useRealTimers()
})

describe('the feed', () => {
  test('loads first and subscribes after the cursor of that load', async () => {
    await start()
    expect(fake.last().after).toBe('c0')
    expect(feed.connection().name).toBe('connecting')
    fake.last().listener.onConnected()
    await settle()
    expect(feed.connection().name).toBe('live')
  })

  test('resumes after the last change it saw: none missed, none repeated', async () => {
    await start()
    fake.last().listener.onConnected()
    await settle()
    fake.emit('c1', 'c2')
    fake.last().listener.onEnd('lost')
    await settle()
    expect(feed.connection().name).toBe('offline')
    fake.retry()
    await settle()
    expect(fake.last().after).toBe('c2')
    expect(fake.ports.load).toHaveBeenCalledTimes(1)
  })

  test('catches up to the end of the log at connection time, then is live', async () => {
    await start()
    fake.ports.endOfLog.mockResolvedValue('c3')
    fake.last().listener.onConnected()
    await settle()
    fake.emit('c1', 'c2')
    expect(feed.connection().name).toBe('catching-up')
    fake.emit('c3')
    expect(feed.connection().name).toBe('live')
    fake.emit('c4')
    expect(fake.seen.map((change) => change.isCaughtUp)).toEqual([true, true, true, false])
  })

  test('treats silence as the end if the end of the log can’t be queried', async () => {
    await start()
    fake.ports.endOfLog.mockResolvedValue(null)
    fake.last().listener.onConnected()
    await vi.advanceTimersByTimeAsync(2999)
    expect(feed.connection().name).toBe('catching-up')
    await vi.advanceTimersByTimeAsync(1)
    expect(feed.connection().name).toBe('live')
  })

  test('reports the start of an outage, and keeps it', async () => {
    await start()
    fake.last().listener.onEnd('lost')
    await settle()
    const first = feed.connection()
    await vi.advanceTimersByTimeAsync(60_000)
    fake.retry()
    await settle()
    fake.last().listener.onEnd('lost')
    await settle()
    expect(feed.connection()).toBe(first)
  })

  test('backs off from a server that accepts and fails at once', async () => {
    await start()
    fake.ports.endOfLog.mockResolvedValue(null)
    for (let round = 0; round < 3; round++) {
      fake.last().listener.onConnected()
      fake.last().listener.onEnd('lost')
      await settle()
      fake.retry()
      await settle()
    }
    expect(fake.waits).toEqual([0, 1, 2])
  })

  test('reloads everything at once when its cursor has expired', async () => {
    await start()
    fake.ports.load.mockResolvedValue('c90')
    fake.last().listener.onEnd('cursor-expired')
    await settle()
    expect(fake.last().after).toBe('c90')
    expect(fake.waits).toEqual([])
  })

  test('retries the load until it works, and at once when asked to', async () => {
    fake.ports.load.mockResolvedValueOnce(null)
    await start()
    expect(fake.subscriptions).toHaveLength(0)
    feed.retryNow()
    await settle()
    expect(fake.last().after).toBe('c0')
  })

  test('stops for good when the session is over', async () => {
    await start()
    fake.last().listener.onEnd('session-ended')
    await vi.advanceTimersByTimeAsync(120_000)
    expect(fake.subscriptions).toHaveLength(1)
    expect(fake.waits).toEqual([])
  })

  test('retries with backoff when the session turns out to be valid', async () => {
    fake.ports.confirmSessionEnded.mockResolvedValue(false)
    await start()
    fake.last().listener.onEnd('session-ended')
    await settle()
    fake.retry()
    await settle()
    expect(fake.subscriptions).toHaveLength(2)
  })

  test('unsubscribes when its owner is disposed', async () => {
    await start()
    dispose()
    await settle()
    expect(fake.last().isStopped).toBe(true)
    expect(fake.waits).toEqual([])
  })
})
