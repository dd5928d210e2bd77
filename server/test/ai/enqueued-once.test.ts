import { afterAll, beforeAll, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { bookingNumber, signatureOf } from '../support/cal.ts'
import { type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterAll(() => church.close())

let nextNumber = 1

/** A booking just delivered by Cal.com, with its first summary enqueued. */
async function book(): Promise<string> {
  const { username, email } = church.pastor
  const pastor = { id: 1, name: username, username, email, timeZone: 'Europe/Berlin' }
  nextNumber += 10
  const booking = bookingNumber(nextNumber, { pastor })
  const body = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const { status } = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(status).toBe(200)
  const { id } = await church.deps.database.bookingKey.findFirstOrThrow({ where: { calBookingUid: booking.uid } })
  return id
}

const payload = (bookingId: string) => ({ path: ['bookingId'], equals: bookingId })
const ordersOf = (bookingId: string) => church.deps.database.workerJob.count({ where: { payload: payload(bookingId) } })

async function setSensitivity(bookingId: string, sensitivity: string): Promise<void> {
  const answer = await church.ask(
    church.pastor,
    `mutation($input: SetBookingSensitivityInput!) { setBookingSensitivity(input: $input) { booking { sensitivity } } }`,
    { input: { bookingId: Buffer.from(`Booking:${bookingId}`).toString('base64'), sensitivity } },
  )
  expect(answer).toMatchObject({ data: { setBookingSensitivity: { booking: { sensitivity } } } })
}

// Fails with one job per change: six jobs were pending, and a worker claimed all of them at once, each blocking the
// others.
it('a booking that changes repeatedly before a worker is free has one summary job', async () => {
  const bookingId = await book()
  for (const sensitivity of ['HIGH', 'LOW', 'HIGH', 'LOW', 'HIGH']) await setSensitivity(bookingId, sensitivity)
  expect(await ordersOf(bookingId)).toBe(1)
})

// Fails when any unfinished job suppresses a new one.
it.each([
  ['is running', { status: 'processing', attempts: 1 }],
  ['failed and will be retried', { status: 'pending', attempts: 1 }],
  ['is complete', { status: 'completed', attempts: 1 }],
] as const)('another summary is enqueued when one that %s may have missed the change', async (_how, state) => {
  const bookingId = await book()
  await church.deps.database.workerJob.updateMany({ where: { payload: payload(bookingId) }, data: state })
  await setSensitivity(bookingId, 'LOW')
  expect(await ordersOf(bookingId)).toBe(2)
})
