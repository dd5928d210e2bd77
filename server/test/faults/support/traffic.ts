import { setTimeout as wait } from 'node:timers/promises'
import { sequenceKinds, webhooksOf } from '../../../src/commands/simulate/event-sequences.ts'
import type { SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { type Random, seededRandom } from '../../../src/commands/simulate/people.ts'
import { planNumber, signatureOf } from '../../support/cal.ts'
import { webhookSecret } from './node.ts'

/** Internals that no response may contain: the location of a program, its structure, its database statements. */
const leaks =
  /\bat .+\(.*:\d+:\d+\)|node_modules|\/src\/|\.ts\b|SELECT |INSERT |UPDATE |postgres(?:ql)?:\/\/|ECONN|Prisma/

export type Sent = Readonly<{ status: number; text: string; retryAfter: string | null }>

/** Everything that Cal.com sends for this many booking sequences, in chronological order. */
export function webhooksOfSequences(count: number): SimulatedWebhook[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = sequenceKinds[at % sequenceKinds.length] ?? 'created'
    return webhooksOf(kind, planNumber(10_000 + at * 10))
  }).flat()
}

/** A fifth of them twice, and all of them in an order unrelated to time. */
export function doubledAndShuffled(
  webhooks: readonly SimulatedWebhook[],
  chance: Random = seededRandom(7),
): SimulatedWebhook[] {
  return webhooks
    .flatMap((webhook) => (chance() < 0.2 ? [webhook, webhook] : [webhook]))
    .map((webhook) => ({ webhook, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ webhook }) => webhook)
}

/** Sends one webhook once. Null if there was no response. */
export async function send(url: string, webhook: SimulatedWebhook, secret = webhookSecret): Promise<Sent | null> {
  const body = JSON.stringify(webhook)
  try {
    const response = await fetch(`${url}/webhooks/calcom`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(secret, body) },
      body,
    })
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') }
  } catch {
    return null
  }
}

/** Sends one webhook to these nodes in turn until one acknowledges it. Reports every response. */
export async function sendUntilAcknowledged(
  urls: () => readonly string[],
  webhook: SimulatedWebhook,
  onAnswer: (sent: Sent, url: string) => void,
): Promise<void> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const choices = urls()
    const url = choices[attempt % choices.length] ?? ''
    const sent = await send(url, webhook)
    if (sent !== null) onAnswer(sent, url)
    if (sent?.status === 200) return
    await wait(50)
  }
  throw new Error('a webhook was never acknowledged')
}

/** Processes a list with this concurrency. */
export async function atOnce<T>(
  limit: number,
  items: readonly T[],
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const at = next++
      const item = items[at]
      if (item !== undefined) await work(item, at)
    }
  }
  await Promise.all(Array.from({ length: limit }, lane))
}

/** The faults of a response: a status that no fault excuses, a 503 without Retry-After, a leak. */
export function complaintsAbout({ status, text, retryAfter }: Sent, allowed: readonly number[] = [200, 503]): string[] {
  return [
    ...(allowed.includes(status) ? [] : [`answered ${status}: ${text.slice(0, 200)}`]),
    ...(status === 503 && retryAfter === null ? ['a 503 without Retry-After'] : []),
    ...(leaks.test(text) ? [`told too much: ${text.slice(0, 200)}`] : []),
  ]
}
