import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { createSessions } from '../src/core/sessions/sessions.ts'
import { systemClock } from '../src/platform/clock.ts'
import { createDatabase } from '../src/platform/database/client.ts'
import { headOf, idOf, openReaders, type Readers } from './fan-out-readers.ts'
import type { Plan } from './support/arguments.ts'
import type { Church } from './support/church.ts'
import { meterProcess } from './support/processor.ts'
import { type Program, startChurchHub, startFanOutPeer } from './support/programs.ts'
import { interleave, ratios, type Spread, spreadOver } from './support/rounds.ts'
import type { Site } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'

/** Deliveries per round: enough to make the CPU time's resolution of 10 ms negligible. */
const deliveriesPerRound = 50_000
const socketsPerSession = 20

/** What the dashboard selects of a booking in its live subscription. */
const subscription = `subscription Follow($after: String) {
  bookingChanged(after: $after) {
    cursor kind bookingId
    booking {
      id title eventTypeTitle startTime endTime timeZone duration location status sensitivity isAnonymous isRedacted
      hasIntake attendeeCount attendees { name } owner { id name }
      latestSummary: contextSummaries(first: 1) { nodes { id createdAt } }
    }
  }
}`

type Round = Readonly<{ microsPerDelivery: number; p50Ms: number; p99Ms: number }>

export type FanOutFigures = Readonly<{
  subscribers: number
  server: string
  /** CPU time per delivery relative to the peer, in the same round. */
  ratioToPeer: Spread
  microsPerDelivery: Spread
  /** From the start of the change's commit to its arrival at a subscriber. */
  p50Ms: Spread
  p99Ms: Spread
  bytes: number
  /** Memory per subscriber, beyond the server's memory without subscribers. */
  kibibytesPerSubscriber: number
}>

/**
 * Measures the delivery of booking changes to many subscribers, against `ws` sending the same bytes; see
 * docs/performance.md.
 */
export async function benchFanOut(site: Site, church: Church, plan: Plan): Promise<readonly FanOutFigures[]> {
  const [ownerId] = church.pastorIds
  if (ownerId === undefined) throw new Error('the church has no pastors')
  const client = new Client({ connectionString: site.url })
  await client.connect()
  try {
    const figures: FanOutFigures[] = []
    for (const subscribers of plan.isQuick ? [1_000] : [1_000, 5_000]) {
      figures.push(...(await benchWith(site, plan, client, ownerId, subscribers)))
    }
    return figures
  } finally {
    await client.end()
  }
}

async function benchWith(
  site: Site,
  plan: Plan,
  client: Client,
  ownerId: string,
  subscribers: number,
): Promise<FanOutFigures[]> {
  const cookies = await signIn(site, ownerId, Math.ceil(subscribers / socketsPerSession))
  await using churchHub = await startChurchHub(site, plan.profileDirectory, unlimited)
  await using peer = await startFanOutPeer()
  const after = await endOfLog(churchHub, cookies[0] ?? '')
  const idleMemory = { churchHub: residentKibibytes(churchHub.pid), peer: residentKibibytes(peer.pid) }
  await using followers = await openReaders(subscribers, (reader) => ({
    url: `${churchHub.origin.replace('http', 'ws')}/graphql`,
    protocols: ['graphql-transport-ws'],
    cookie: cookies[reader % cookies.length] ?? '',
    words: [
      '{"type":"connection_init"}',
      JSON.stringify({ id: idOf(reader), type: 'subscribe', payload: { query: subscription, variables: { after } } }),
    ],
  }))
  await using listeners = await openReaders(subscribers, (reader) => ({
    url: peer.origin.replace('http', 'ws'),
    protocols: [],
    cookie: null,
    words: [headOf(reader)],
  }))
  const change = () => changeABooking(client, ownerId)
  const payload = await warmUp(followers, change)
  const notify = () => fetch(peer.origin, { method: 'POST', body: payload })
  await listeners.deliver(notify)

  const changes = Math.max(3, Math.round((plan.isQuick ? 0.4 : 1) * (deliveriesPerRound / subscribers)))
  const rounds = await interleave(
    new Map([
      ['ws', () => measure(peer, listeners, notify, changes, () => undefined)],
      ['ChurchHub', () => measure(churchHub, followers, change, changes, checkChange)],
    ]),
    plan.rounds,
  )
  const memory = {
    ws: (residentKibibytes(peer.pid) - idleMemory.peer) / subscribers,
    ChurchHub: (residentKibibytes(churchHub.pid) - idleMemory.churchHub) / subscribers,
  }
  return (['ws', 'ChurchHub'] as const).map((server) => {
    const own = rounds.get(server) ?? []
    return {
      subscribers,
      server,
      ratioToPeer: ratios(own, rounds.get('ws') ?? [], (round) => round.microsPerDelivery),
      microsPerDelivery: spreadOver(own, (round) => round.microsPerDelivery),
      p50Ms: spreadOver(own, (round) => round.p50Ms),
      p99Ms: spreadOver(own, (round) => round.p99Ms),
      bytes: Buffer.byteLength(headOf(0)) + Buffer.byteLength(payload) + 1,
      kibibytesPerSubscriber: memory[server],
    }
  })
}

/** The figures as a printable table. */
export function fanOutTable(figures: readonly FanOutFigures[]): string {
  const head = ['subscribers', 'server', 'CPU a delivery, ratio', 'µs', 'p50 ms', 'p99 ms', 'bytes', 'KiB each']
  return tableOf(
    head,
    figures.map((row) => [
      row.subscribers.toLocaleString('en'),
      row.server,
      formatSpread(row.ratioToPeer, 2),
      row.microsPerDelivery.median.toFixed(1),
      row.p50Ms.median.toFixed(0),
      formatSpread(row.p99Ms, 0),
      String(row.bytes),
      row.kibibytesPerSubscriber.toFixed(0),
    ]),
  )
}

/** All subscribers here are one pastor's, so the per-user limits are raised. */
const unlimited = { LIMIT_STREAMS_PER_USER: '1000000', LIMIT_BUDGET_POINTS: '2000000000' }

async function signIn({ url }: Site, userId: string, count: number): Promise<string[]> {
  const { database, close } = createDatabase({ url, applicationName: 'churchhub bench', maxConnections: 2 })
  const sessions = createSessions({ database, clock: systemClock, secureCookies: false })
  const origin = { ipAddress: '127.0.0.1', userAgent: 'bench' }
  try {
    const cookies: string[] = []
    for (let created = 0; created < count; created++) {
      const { token } = await database.$transaction((tx) => sessions.create(tx, userId, origin))
      cookies.push(sessions.cookieFor(token).split(';')[0] ?? '')
    }
    return cookies
  } finally {
    await close()
  }
}

/** A change as a webhook makes it: the row, its log entry and the notification, in one transaction. */
async function changeABooking(client: Client, ownerId: string): Promise<void> {
  const { rowCount } = await client.query(
    `WITH chosen AS (
       SELECT id, "startTime" FROM bookings
       WHERE "userId" = $1 AND "startTime" >= date_trunc('week', now()) ORDER BY "startTime", id LIMIT 1
     ), changed AS (
       UPDATE bookings AS booking SET "updatedAt" = now() FROM chosen
       WHERE booking.id = chosen.id AND booking."startTime" = chosen."startTime" RETURNING booking.id
     )
     SELECT append_booking_change($1, id, 'updated') FROM changed`,
    [ownerId],
  )
  if (rowCount !== 1) throw new Error('there is no booking to change')
}

/**
 * The protocol doesn't announce that a subscription is active: it is once its first change arrives, replayed or live.
 * That response also contains the subscription's cost, so it isn't used as the reference text.
 */
async function warmUp(followers: Readers, change: () => Promise<void>): Promise<string> {
  await followers.deliver(change, false)
  const { payload } = await followers.deliver(change)
  checkChange(payload)
  return payload
}

/** The start cursor of the subscribers, so that one that subscribes late misses nothing. */
async function endOfLog({ origin }: Program, cookie: string): Promise<string> {
  const answer = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query: '{ bookingCursor }' }),
  })
  const { data } = (await answer.json()) as { data?: { bookingCursor?: string } }
  if (data?.bookingCursor === undefined) throw new Error('the response has no cursor')
  return data.bookingCursor
}

function checkChange(payload: string): void {
  const { data, errors } = JSON.parse(payload) as {
    data?: { bookingChanged: { kind: string; bookingId: string; booking: { id: string; title: string } | null } }
    errors?: unknown
  }
  const change = data?.bookingChanged
  if (errors !== undefined || change?.kind !== 'UPDATED' || change.booking?.id !== change.bookingId) {
    throw new Error(`this is not a change: ${payload.slice(0, 300)}`)
  }
}

async function measure(
  program: Program,
  readers: Readers,
  change: () => Promise<unknown>,
  changes: number,
  check: (payload: string) => void,
): Promise<Round> {
  const cpu = meterProcess(program.pid)
  const latencies: number[] = []
  const before = cpu()
  for (let created = 0; created < changes; created++) {
    const { payload, latenciesMs } = await readers.deliver(change)
    check(payload)
    latencies.push(...latenciesMs)
  }
  const after = cpu()
  latencies.sort((a, b) => a - b)
  const quantile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN
  const micros = before === null || after === null ? Number.NaN : after - before
  return { microsPerDelivery: micros / latencies.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

/** The resident memory of a process (proc_pid_status(5)), or NaN if it isn't reported. */
function residentKibibytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN)
  } catch {
    return Number.NaN
  }
}
