import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { pastoralCare, samplePastors } from '../src/commands/simulate/church.ts'
import { bookingWebhook } from '../src/commands/simulate/payloads.ts'

/** A signed Cal.com webhook, ready to send. */
export type SignedWebhook = Readonly<{ uid: string; body: string; signature: string }>

/** Webhooks of new bookings, each a different one, for all pastors of a filled church in turn. */
export function makeWebhooks(
  secret: string,
  of: Readonly<{ run: string; from: number; count: number; pastorCount: number }>,
): SignedWebhook[] {
  return Array.from({ length: of.count }, (_, at) => signed(secret, of.run, of.from + at, of.pastorCount))
}

const person = { firstName: 'Rosa', lastName: 'Delgado', email: 'rosa@example.org', timeZone: 'Europe/London' }

function signed(secret: string, run: string, number: number, pastorCount: number): SignedWebhook {
  const pastor = 1 + (number % pastorCount)
  const uid = `${run}-${number}`
  const [template] = samplePastors
  if (template === undefined) throw new Error('there are no sample pastors')
  // Above every number in the filled church, and within Cal.com's four bytes.
  const bookingId = 1_500_000_000 + number
  const webhook = bookingWebhook('BOOKING_CREATED', new Date(), {
    uid,
    bookingId,
    iCalUid: `${uid}@Cal.com`,
    sequence: 0,
    pastor: { ...template, id: pastor, username: `pastor${pastor}`, email: `pastor${pastor}@church.example` },
    eventType: pastoralCare,
    start: new Date(Date.now() + 86_400_000 + (number % 500) * 3_600_000),
    people: [person],
    notes: 'It has been a hard month, and I would like to talk it over with somebody.',
    answers: pastoralCare.questions.map(({ slug, label }) => ({ slug, label, value: `Something about ${slug}` })),
  })
  const body = JSON.stringify(webhook)
  return { uid, body, signature: createHmac('sha256', secret).update(body).digest('hex') }
}

/**
 * Sends all of them with limited concurrency over keep-alive connections.
 *
 * @returns how long each took, in milliseconds, and how long all did
 * @throws Error when any was not acknowledged
 */
export async function sendAll(
  url: string,
  webhooks: readonly SignedWebhook[],
  inFlight: number,
): Promise<{ latencies: number[]; elapsedMs: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const latencies: number[] = []
  const waiting = webhooks.values()
  const startedAt = performance.now()
  const sendOn = async () => {
    // They share one iterator: each takes the next webhook.
    for (const webhook of waiting) {
      const begunAt = performance.now()
      await send(url, webhook, agent)
      latencies.push(performance.now() - begunAt)
    }
  }
  try {
    await Promise.all(Array.from({ length: inFlight }, sendOn))
  } finally {
    agent.destroy()
  }
  return { latencies: latencies.sort((a, b) => a - b), elapsedMs: performance.now() - startedAt }
}

function send(url: string, { body, signature }: SignedWebhook, agent: Agent): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-cal-signature-256': signature,
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () => {
        const { statusCode } = response
        if (statusCode === 200) resolve()
        else reject(new Error(`a webhook was answered with ${statusCode}`))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
