import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bookingWebhook } from '../src/commands/simulate/payloads.ts'
import { bookingNumber, signatureOf } from './cal.ts'
import { startProviderServer } from './provider-server.ts'
import { type Person, type RunningChurch, startChurch, webhookSecret } from './running-church.ts'

let church: RunningChurch
let provider: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  church = await startChurch({ works: true, variables: { AI_ALLOWED_NETWORKS: '127.0.0.1/32' } })
  provider = await startProviderServer()
})
beforeEach(async () => {
  await church.deps.database.aiConfiguration.deleteMany()
  await church.deps.database.systemSetting.deleteMany()
  provider.requests.splice(0)
})
afterAll(async () => {
  await church.close()
  await provider.close()
})

let lastBooking = 100

/** Cal.com delivers a booking of the pastor by webhook; resolves with the metadata of its brief. */
async function bookingArrives(notes: string) {
  lastBooking += 1
  const organizer = { id: 1, name: 'Pastor Paul', username: 'pastor-paul', email: 'pastor-paul@church.example' }
  const booking = bookingNumber(lastBooking, { notes, pastor: { ...organizer, timeZone: 'Europe/Berlin' } })
  const body = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const response = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  return vi.waitFor(
    async () => {
      const found = await church.deps.database.contextSummary.findFirstOrThrow({
        where: { booking: { calBookingUid: booking.uid } },
      })
      return found.metadata
    },
    { timeout: 15_000, interval: 25 },
  )
}

const set = (person: Person, key: string, value: unknown) =>
  church.ask(
    person,
    'mutation($k: String!, $v: JSON!) { setSystemSetting(input: { key: $k, value: $v }) { systemSetting { key } } }',
    { k: key, v: value },
  )
const create = (person: Person, input: Record<string, unknown>) =>
  church.ask(
    person,
    'mutation($input: CreateAiConfigurationInput!) { createAiConfiguration(input: $input) { aiConfiguration { id } } }',
    { input: { provider: 'LOCAL', model: 'llama3.2', promptTemplate: '{{people}} {{form}}', ...input } },
  )

describe('an admin who moves the address of a provider', () => {
  it('gets no word of a booking whose pastor has agreed to nothing', async () => {
    expect((await set(church.admin, 'ai.local.baseUrl', provider.baseUrl)).errors).toBeUndefined()
    await create(church.admin, { isForChurch: true, piiDetection: false })
    await create(church.admin, { isForChurch: true })
    expect(await bookingArrives('A matter for my pastor alone.')).toMatchObject({
      method: 'rule-based',
      reason: 'NO_CONSENT',
    })
    expect(provider.requests).toEqual([])
  })
})
