import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookingWebhook, cancellationWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import { bookingNumber, signatureOf } from '../support/cal.ts'
import { type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

let church: RunningChurch
let nextNumber = 5_000

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

function newBooking(): SimulatedBooking {
  const { username, email } = church.pastor
  const pastor = { id: 1, name: username, username, email, timeZone: 'Europe/Berlin' }
  nextNumber += 10
  return bookingNumber(nextNumber, { pastor, start: new Date('2026-10-05T09:00:00.000Z') })
}

async function send(webhook: unknown): Promise<string> {
  const body = JSON.stringify(webhook)
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const response = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  const { outcome }: { outcome: string } = JSON.parse(await response.text())
  return outcome
}

async function timesOf({ uid }: SimulatedBooking) {
  const { database } = church.deps
  const { id } = await database.booking.findFirstOrThrow({ where: { calBookingUid: uid }, select: { id: true } })
  const globalId = Buffer.from(`Booking:${id}`).toString('base64')
  const { data } = await church.ask(
    church.pastor,
    'query($id: ID!) { booking(id: $id) { startTime endTime duration isEndTimeCorrected status } }',
    { id: globalId },
  )
  return data?.booking
}

const minutes = (start: Date, count: number) => new Date(start.getTime() + count * 60_000).toISOString()

describe('an end time that can’t be right is marked, and replaced by the length of the event type', () => {
  test.each<[string, string | ((start: Date) => string)]>([
    ['in the year 6109', '6109-01-01T00:00:00.000Z'],
    ['on the last day of the calendar', '9999-12-31T23:59:59.999Z'],
    ['before the start', (start) => minutes(start, -30)],
    ['7.5 hours after the start of a short meeting', (start) => minutes(start, 450)],
    ['25 hours after the start', (start) => minutes(start, 1_500)],
  ])('%s', async (_what, end) => {
    const booking = newBooking()
    const endTime = typeof end === 'string' ? end : end(booking.start)
    expect(await send(bookingWebhook('BOOKING_CREATED', new Date(), booking, { endTime }))).toBe('applied')
    const length = booking.eventType.minutes
    expect(await timesOf(booking)).toMatchObject({
      startTime: booking.start.toISOString(),
      endTime: minutes(booking.start, length),
      duration: length,
      isEndTimeCorrected: true,
    })
  })

  test('and one that can be right is kept', async () => {
    const booking = newBooking()
    const endTime = minutes(booking.start, booking.eventType.minutes + 15)
    await send(bookingWebhook('BOOKING_CREATED', new Date(), booking, { endTime }))
    expect(await timesOf(booking)).toMatchObject({ endTime, isEndTimeCorrected: false })
  })

  test('until a later event of the same booking corrects it', async () => {
    const booking = newBooking()
    const at = new Date('2026-10-01T09:00:00Z')
    await send(bookingWebhook('BOOKING_CREATED', at, booking, { endTime: minutes(booking.start, -30) }))
    await send(bookingWebhook('BOOKING_LOCATION_UPDATED', new Date(at.getTime() + 60_000), booking))
    expect(await timesOf(booking)).toMatchObject({ isEndTimeCorrected: false })
  })

  test('even if Cal.com names no length', async () => {
    const booking = newBooking()
    const endTime = '6109-01-01T00:00:00.000Z'
    expect(await send(bookingWebhook('BOOKING_CREATED', new Date(), booking, { endTime, length: null }))).toBe(
      'applied',
    )
    expect(await timesOf(booking)).toMatchObject({ duration: 0, isEndTimeCorrected: true })
  })
})

describe('a start time that can’t be right', () => {
  test.each(['1969-12-31T23:00:00.000Z', '0001-01-01T00:00:00Z', 'next Tuesday'])(
    '%s is unreadable',
    async (startTime) => {
      const booking = newBooking()
      const webhook = bookingWebhook('BOOKING_CREATED', new Date(), booking, { startTime })
      expect(await send(webhook)).toBe('unreadable')
      const listed = await church.ask(church.admin, '{ webhookDeliveries(first: 1) { nodes { trigger outcome } } }')
      expect(listed.data?.webhookDeliveries).toEqual({ nodes: [{ trigger: 'BOOKING_CREATED', outcome: 'unreadable' }] })
    },
  )

  test('doesn’t keep a cancellation from its booking', async () => {
    const booking = newBooking()
    await send(bookingWebhook('BOOKING_CREATED', new Date('2026-10-01T09:00:00Z'), booking))
    const cancelled = { reason: 'Ill', requestReschedule: false }
    const webhook = cancellationWebhook(new Date('2026-10-02T09:00:00Z'), booking, cancelled)
    const startTime = '1969-12-31T23:00:00.000Z'
    expect(await send({ ...webhook, payload: { ...(webhook.payload as object), startTime } })).toBe('applied')
    expect(await timesOf(booking)).toMatchObject({ status: 'CANCELLED', startTime: booking.start.toISOString() })
  })
})
