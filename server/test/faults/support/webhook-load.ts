import { setTimeout as wait } from 'node:timers/promises'
import type { SimulatedWebhook } from '../../../src/commands/simulate/payloads.ts'
import { pastorAnna } from '../../support/cal.ts'
import { password } from './parish.ts'
import { atOnce, complaintsAbout, doubledAndShuffled, type Sent, sendUntilAcknowledged } from './traffic.ts'

/** The observations of a load: everything acknowledged, and every faulty response. */
export type WebhookLoad = Readonly<{
  complaints: readonly string[]
  /** The number of encrypted texts that the readers received. */
  openings: () => number
  /** The number of responses that asked the client to retry, by node. */
  refusals: () => ReadonlyMap<string, number>
  /** The last value of each booking that a node acknowledged. */
  written: ReadonlyMap<string, string>
  /** Sends the remaining webhooks, and resolves when all are acknowledged. */
  end(): Promise<void>
}>

export type WebhookLoadOptions = Readonly<{
  /** The nodes, which all traffic goes to in turn. */
  urls: () => readonly string[]
  webhooks: readonly SimulatedWebhook[]
  cookie: string
  /** The reader's bookings that no webhook touches, whose sensitivity is changed repeatedly. */
  toWrite: readonly string[]
  /** The delay between two webhooks of one lane in milliseconds, so that a load outlasts its fault. */
  paceMs?: number
  allowed?: readonly number[]
}>

const refusalCodes = new Set(['UNAVAILABLE', 'AUDIT_UNAVAILABLE'])
const sensitivities = ['HIGH', 'LOW', 'MEDIUM'] as const

/** Signs Anna in at a node. Her session is valid on every node of the same database. */
export async function signInAt(url: string): Promise<string> {
  const query = 'mutation($input: SignInInput!) { signIn(input: $input) { viewer { id } } }'
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input: { email: pastorAnna.email, password } } }),
  })
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(`could not sign in: ${await response.text()}`)
  return cookie
}

/** Sends one request. Null if there was no response. */
export async function askAs(url: string, cookie: string, query: string, variables: object = {}): Promise<Sent | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ query, variables }),
    })
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') }
  } catch {
    return null
  }
}

/**
 * Webhooks, duplicated and shuffled, a pastor's audited reads, and a pastor's writes, all of them to every node, from
 * now until `end`.
 */
export function startWebhookLoad({
  urls,
  webhooks,
  cookie,
  toWrite,
  paceMs = 0,
  allowed,
}: WebhookLoadOptions): WebhookLoad {
  const complaints: string[] = []
  const refused = new Map<string, number>()
  const written = new Map<string, string>()
  let [isOver, openings] = [false, 0]

  const judge = (url: string, sent: Sent | null) => {
    if (sent === null) return
    complaints.push(...complaintsAbout(sent, allowed))
    if (sent.status === 503) refused.set(url, (refused.get(url) ?? 0) + 1)
  }

  const sending = atOnce(6, doubledAndShuffled(webhooks), async (webhook, at) => {
    const choices = urls()
    const inTurn = at % 2 === 0 ? choices : choices.toReversed()
    await sendUntilAcknowledged(
      () => inTurn,
      webhook,
      (sent, url) => judge(url, sent),
    )
    if (!isOver) await wait(paceMs)
  })

  /** Sends a request, checks the response, and returns its data unless it was refused. */
  async function asked(url: string, query: string, variables: object = {}): Promise<string | null> {
    const sent = await askAs(url, cookie, query, variables)
    judge(url, sent)
    if (sent === null || sent.status !== 200) return null
    if (refusalCodes.has(/"code":"([A-Z_]+)"/.exec(sent.text)?.[1] ?? '')) refused.set(url, (refused.get(url) ?? 0) + 1)
    const codes = [...sent.text.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code]) => code ?? '')
    complaints.push(...codes.filter((code) => !refusalCodes.has(code)).map((code) => `told ${code}: ${sent.text}`))
    openings += [...sent.text.matchAll(/"text":"/g)].length
    return codes.length === 0 ? sent.text : null
  }

  async function read(url: () => string): Promise<void> {
    while (!isOver) {
      await asked(url(), openWords)
      await wait(20)
    }
  }

  async function write(url: () => string, id: string): Promise<void> {
    for (let turn = 0; !isOver; turn++) {
      const sensitivity = sensitivities[turn % sensitivities.length] ?? 'HIGH'
      // Retried until acknowledged, even at the end: otherwise either of two values could be right.
      for (
        let tries = 1;
        (await asked(url(), setSensitivity, { input: { bookingId: id, sensitivity } })) === null;
        tries++
      ) {
        if (tries === 2_000) throw new Error('a writing was never acknowledged')
        await wait(50)
      }
      written.set(id, sensitivity)
      await wait(250)
    }
  }

  const nodeAt = (index: number) => () => urls()[index % urls().length] ?? ''
  const lanes = [
    ...urls().map((_url, index) => read(nodeAt(index))),
    ...toWrite.map((id, index) => write(nodeAt(index), id)),
  ]
  return {
    complaints,
    openings: () => openings,
    refusals: () => refused,
    written,
    async end() {
      isOver = true
      await Promise.all([sending, ...lanes])
    },
  }
}

const openWords = `{ bookings(first: 4) { nodes { id title
  contextSummaries(first: 1) { nodes { id content { text } } } } } }`

const setSensitivity = `mutation($input: SetBookingSensitivityInput!) {
  setBookingSensitivity(input: $input) { booking { id sensitivity } } }`
