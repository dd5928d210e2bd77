import { createRoot } from 'solid-js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sampleBooking } from '../sample-booking.ts'
import { type BookingStore, createBookingStore, type IncomingChange } from './booking-store.ts'

const at = new Date('2026-11-24T12:00:00Z')
const week = { from: new Date('2026-11-23T00:00:00Z'), to: new Date('2026-11-30T00:00:00Z') }
const change = (overrides: Partial<IncomingChange> = {}): IncomingChange => ({
  cursor: 'c1',
  kind: 'UPDATED',
  bookingId: 'b1',
  booking: sampleBooking(),
  ...overrides,
})

let store: BookingStore
let dispose = () => {}
beforeEach(() => {
  vi.useFakeTimers()
  createRoot((end) => {
    dispose = end
    store = createBookingStore()
  })
})
afterEach(() => {
  dispose()
  vi.useRealTimers()
})

describe('the bookings on the page', () => {
  test('are ordered by start, whatever order they arrive in', () => {
    const early = sampleBooking({ id: 'early', startTime: '2026-11-24T08:00:00.000Z' })
    store.fill(week, [sampleBooking(), early], store.mark())
    expect(store.rows().map((row) => row.id)).toEqual(['early', 'b1'])
    store.apply(change({ booking: sampleBooking({ startTime: '2026-11-24T07:00:00.000Z' }) }), at, false)
    expect(store.rows().map((row) => row.id)).toEqual(['b1', 'early'])
  })

  test('change in place: a row keeps its identity', () => {
    store.fill(week, [sampleBooking()], store.mark())
    const before = store.row('b1')
    store.apply(change({ booking: sampleBooking({ sensitivity: 'HIGH' }) }), at, false)
    expect(store.row('b1')).toBe(before)
    expect(store.row('b1')?.sensitivity).toBe('HIGH')
  })

  test('are not overwritten by a response older than an event', () => {
    const mark = store.mark()
    store.apply(change({ booking: sampleBooking({ status: 'CANCELLED' }) }), at, false)
    store.fill(week, [sampleBooking()], mark)
    expect(store.row('b1')?.status).toBe('CANCELLED')
  })

  test('are not restored by a response older than their removal', () => {
    store.fill(week, [sampleBooking()], store.mark())
    const mark = store.mark()
    store.apply(change({ kind: 'REMOVED', booking: null }), at, false)
    store.fill(week, [sampleBooking()], mark)
    expect(store.row('b1')).toBeNull()
  })

  test('are removed when a newer response for their days omits them, and only then', () => {
    const outside = sampleBooking({ id: 'outside', startTime: '2026-12-24T08:00:00.000Z' })
    store.fill(week, [sampleBooking()], store.mark())
    store.put(outside)
    store.fill(week, [], store.mark())
    expect(store.rows().map((row) => row.id)).toEqual(['outside'])
  })
})

describe('recent changes', () => {
  test('are newest first and keep no names of a removed booking', () => {
    store.apply(change(), at, false)
    store.apply(change({ cursor: 'c2', kind: 'REMOVED', booking: null }), at, true)
    expect(store.changes().map((seen) => seen.kind)).toEqual(['REMOVED', 'UPDATED'])
    expect(JSON.stringify(store.changes())).not.toContain('Miriam')
    expect(store.changes()[0]?.isCaughtUp).toBe(true)
  })

  test('are marked for eight seconds, restarted by each change', () => {
    store.apply(change(), at, false)
    expect(store.isFresh('b1')).toBe(true)
    vi.advanceTimersByTime(6000)
    store.apply(change({ cursor: 'c2' }), at, false)
    vi.advanceTimersByTime(6000)
    expect(store.isFresh('b1')).toBe(true)
    vi.advanceTimersByTime(2000)
    expect(store.isFresh('b1')).toBe(false)
  })

  test('notify an open panel by an increasing version', () => {
    expect(store.version('b1')).toBe(0)
    store.apply(change(), at, false)
    store.apply(change({ cursor: 'c2' }), at, false)
    expect(store.version('b1')).toBe(2)
  })

  test('are limited to the last thirty', () => {
    for (let number = 0; number < 40; number++) store.apply(change({ cursor: `c${number}` }), at, false)
    expect(store.changes()).toHaveLength(30)
    expect(store.changes()[0]?.cursor).toBe('c39')
  })
})
