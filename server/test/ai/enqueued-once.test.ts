import { afterAll, beforeAll, expect, it } from 'vitest'
import { bookingWebhook } from '../../src/commands/simulate/payloads.ts'
import { bookingNumber, signatureOf } from '../support/cal.ts'
import { type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ works: false })
})
afterAll(() => church.close())

let nextNumber = 1

/** A booking that Cal.com has just told of: its first summary is ordered. */
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

// Seen red with an order for each change: six of them waited, and a worker took all at once, to wait for each other.
it('a booking that changes again and again before a worker comes has one summary ordered', async () => {
  const bookingId = await book()
  for (const sensitivity of ['HIGH', 'LOW', 'HIGH', 'LOW', 'HIGH']) await setSensitivity(bookingId, sensitivity)
  expect(await ordersOf(bookingId)).toBe(1)
})

// Seen red with an order that stands for any other that has not ended.
it.each([
  ['is being written', { status: 'processing', attempts: 1 }],
  ['could not be written and is tried again later', { status: 'pending', attempts: 1 }],
  ['is written', { status: 'completed', attempts: 1 }],
] as const)('is ordered anew when one that %s may not have seen the change', async (_how, state) => {
  const bookingId = await book()
  await church.deps.database.workerJob.updateMany({ where: { payload: payload(bookingId) }, data: state })
  await setSensitivity(bookingId, 'LOW')
  expect(await ordersOf(bookingId)).toBe(2)
})
