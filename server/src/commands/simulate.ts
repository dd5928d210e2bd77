import { createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readEnv, withDotEnv } from '../platform/config/env.ts'
import { ConfigurationError } from '../platform/errors.ts'
import { samplePastors } from './simulate/church.ts'
import { type SequenceKind, sequenceKinds, webhooksOf } from './simulate/event-sequences.ts'
import type { SimulatedPastor, SimulatedWebhook } from './simulate/payloads.ts'
import { seededRandom } from './simulate/people.ts'
import { planSoon, shuffleDeliveries } from './simulate/plan.ts'

const USAGE = `Simulates Cal.com: made-up people book, move and cancel meetings on a running ChurchHub.

  npm run simulate
  npm run simulate -- --count 20 --chaos

  --count NUMBER        number of bookings; default 3
  --life KIND           what happens to each booking: ${sequenceKinds.join(', ')}; default a mixture
  --chaos               duplicates, reorders and drops webhooks, as Cal.com can
  --organizer USERNAME  the pastor's username in Cal.com; default the sample pastors
  --pause MILLISECONDS  pause between two webhooks; default 400
  --url URL             the address of ChurchHub; default from its configuration
  --secret SECRET       the signing secret; default CALCOM_WEBHOOK_SECRET
`

type Settings = Readonly<{
  count: number
  sequenceKind: SequenceKind | null
  isChaos: boolean
  pastors: readonly SimulatedPastor[]
  pauseMs: number
  url: string
  secret: string
}>

/** The command line, the address or the secret is invalid. The message is one line with what to do. */
export class SimulationError extends Error {}

/** Parses the flags. Defaults come from the server's configuration. Throws SimulationError. */
export function readSettings(args: readonly string[], source: NodeJS.ProcessEnv): Settings {
  const flags = parseFlags(args)
  const sequenceKind = sequenceKinds.find((kind) => kind === flags.life) ?? null
  if (flags.life !== undefined && sequenceKind === null) {
    throw new SimulationError(`--life is one of ${sequenceKinds.join(', ')}.`)
  }
  const env = flags.url !== undefined && flags.secret !== undefined ? null : readEnv(withDotEnv(source))
  const url = flags.url ?? `http://${hostOf(env?.host)}:${env?.port ?? 4000}`
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new SimulationError('--url must be a URL such as http://localhost:4000.')
  return {
    count: wholeNumber('--count', flags.count ?? '3'),
    sequenceKind,
    isChaos: flags.chaos ?? false,
    pastors: flags.organizer === undefined ? samplePastors : [pastorNamed(flags.organizer)],
    pauseMs: wholeNumber('--pause', flags.pause ?? '400'),
    url: url.replace(/\/+$/, ''),
    secret: flags.secret ?? env?.calcomWebhookSecret.reveal() ?? '',
  }
}

/** Sends Cal.com's webhooks, and reports the responses line by line. Throws SimulationError. */
export async function simulate(settings: Settings, report: (line: string) => void): Promise<void> {
  const random = seededRandom(Date.now())
  const sequences = Array.from({ length: settings.count }, (_, index) => {
    const pastor = settings.pastors[index % settings.pastors.length]
    if (pastor === undefined)
      throw new SimulationError('There is no pastor to book. Create one with npm run users:create.')
    const { kind, plan } = planSoon(random, { pastor, now: new Date(), kind: settings.sequenceKind })
    return webhooksOf(kind, plan)
  })
  const { sent, lost } = settings.isChaos
    ? shuffleDeliveries(random, sequences.flat())
    : { sent: sequences.flat(), lost: 0 }
  for (const [index, webhook] of sent.entries()) {
    if (index > 0) await wait(settings.pauseMs)
    report(`${describe(webhook)}  ${await send(settings, webhook)}`)
  }
  if (lost > 0) report(`${lost} ${lost === 1 ? 'webhook was' : 'webhooks were'} lost on the way.`)
}

async function send({ url, secret }: Settings, webhook: SimulatedWebhook): Promise<string> {
  const body = JSON.stringify(webhook)
  const response = await post(`${url}/webhooks/calcom`, body, createHmac('sha256', secret).update(body).digest('hex'))
  if (response.status === 401) {
    throw new SimulationError('ChurchHub refuses the signature. Pass the secret that the server uses: --secret SECRET')
  }
  const answer: unknown = await response.json().catch(() => null)
  const outcome =
    typeof answer === 'object' && answer !== null && 'outcome' in answer ? ` ${String(answer.outcome)}` : ''
  return `${response.status}${outcome}`
}

async function post(url: string, body: string, signature: string): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'x-cal-signature-256': signature,
        'x-cal-webhook-version': '2021-10-20',
      },
      body,
      signal: AbortSignal.timeout(30_000),
    })
  } catch (error) {
    throw new SimulationError(
      `ChurchHub doesn't respond at ${new URL(url).origin}. Start it with npm start, or pass its address: --url URL`,
      { cause: error },
    )
  }
}

const widestTrigger = 26

/** Which webhook, for whom and when; none of its content. */
function describe({ triggerEvent, payload, ...flat }: SimulatedWebhook): string {
  const fields = { organizer: undefined, user: undefined, startTime: undefined, ...flat, ...Object(payload) }
  const { name } = Object(fields.organizer ?? fields.user)
  const start = typeof fields.startTime === 'string' ? new Date(fields.startTime).toISOString().slice(0, 16) : ''
  return `${triggerEvent.padEnd(widestTrigger)} ${String(name ?? '').padEnd(18)} ${start.padEnd(16)}`
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        count: { type: 'string' },
        life: { type: 'string' },
        chaos: { type: 'boolean' },
        organizer: { type: 'string' },
        pause: { type: 'string' },
        url: { type: 'string' },
        secret: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw new SimulationError(
      `${error instanceof Error ? error.message.split('\n')[0] : 'Invalid options.'} See --help.`,
    )
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new SimulationError(`${flag} must be a whole number.`)
}

/** A server that listens on all interfaces is reached here. */
function hostOf(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** A pastor known only by username, which is how ChurchHub finds them. */
function pastorNamed(username: string): SimulatedPastor {
  const known = samplePastors.find((pastor) => pastor.username === username)
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return known ?? { id: 0, name: username, username, email: `${username}@cal.example`, timeZone }
}

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  if (args.includes('--help')) return print(USAGE)
  await simulate(readSettings(args, process.env), print)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    if (!(error instanceof SimulationError || error instanceof ConfigurationError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
}
