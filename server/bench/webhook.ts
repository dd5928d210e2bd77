import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import type { Plan } from './support/arguments.ts'
import type { Church } from './support/church.ts'
import { type CpuMeter, meterPostgres, meterProcess } from './support/processor.ts'
import { startChurchHub, startWebhookPeer } from './support/programs.ts'
import { interleave, ratios, type Spread, spreadOver } from './support/rounds.ts'
import type { Site } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'
import { makeWebhooks, type SignedWebhook, sendAll } from './webhook-sender.ts'

const inFlight = 32
const webhooksPerSecondOfRound = 250

type Round = Readonly<{
  webhooksPerSecond: number
  p50Ms: number
  p99Ms: number
  nodeMicros: number | null
  postgresMicros: number | null
}>

export type WebhookFigures = Readonly<{
  server: string
  /** Webhooks per second relative to one bare upsert transaction each, in the same round. */
  ratioToBare: Spread
  ratioOfP99: Spread
  webhooksPerSecond: Spread
  p50Ms: Spread
  p99Ms: Spread
  /** CPU time per webhook in microseconds. Null if the machine doesn't report it. */
  nodeMicros: Spread | null
  postgresMicros: Spread | null
}>

/** A server that receives webhooks, its URL, and how many of a round's bookings it has fully committed. */
type Receiver = Readonly<{ url: string; cpu: CpuMeter; countStored: (uids: readonly string[]) => Promise<number> }>

/**
 * Measures how fast webhooks of new bookings become committed bookings, against a bare upsert transaction each. After
 * every round each booking must exist with all its related rows.
 */
export async function benchWebhook(site: Site, church: Church, plan: Plan): Promise<readonly WebhookFigures[]> {
  const secret = randomBytes(32).toString('hex')
  const client = new Client({ connectionString: site.url })
  await client.connect()
  try {
    await using baseline = await startWebhookPeer(site)
    await using churchHub = await startChurchHub(site, plan.profileDirectory, { CALCOM_WEBHOOK_SECRET: secret })
    const postgresCpu = await meterPostgres(site.url)
    const count = (sql: string) => async (uids: readonly string[]) => {
      const { rows } = await client.query<{ kept: number }>(sql, [uids])
      return rows[0]?.kept ?? 0
    }
    const receivers = new Map<string, Receiver>([
      [baselineName, { url: baseline.origin, cpu: meterProcess(baseline.pid), countStored: count(storedByPeerSql) }],
      [
        'ChurchHub',
        {
          url: `${churchHub.origin}/webhooks/calcom`,
          cpu: meterProcess(churchHub.pid),
          countStored: count(keptByChurchHub),
        },
      ],
    ])
    const run = randomBytes(4).toString('hex')
    const size = webhooksPerSecondOfRound * plan.secondsPerRound
    let from = 0
    const next = () => {
      const webhooks = makeWebhooks(secret, { run, from, count: size, pastorCount: church.pastorIds.length })
      from += size
      return webhooks
    }
    for (const receiver of receivers.values()) await measure(receiver, next(), postgresCpu)
    const contestants = [...receivers].map(
      ([name, receiver]) => [name, () => measure(receiver, next(), postgresCpu)] as const,
    )
    const rounds = await interleave(new Map(contestants), plan.rounds)
    return [...rounds.keys()].map((name) => figuresOf(name, rounds))
  } finally {
    await client.end()
  }
}

const baselineName = 'one upsert transaction through `pg`'

const storedByPeerSql = 'SELECT count(*)::int AS kept FROM bench_bookings WHERE uid = ANY($1)'

/** A booking with its form response, its recorded delivery, its audit entries, its change and its summary job. */
const keptByChurchHub = `
  SELECT count(*)::int AS kept FROM booking_keys k JOIN bookings b ON b.id = k.id AND b."startTime" = k."startTime"
  WHERE k."calBookingUid" = ANY($1) AND b."encryptedIntakeData" IS NOT NULL
    AND (SELECT count(*) FROM form_responses r WHERE r."bookingId" = k.id) = 1
    AND (SELECT count(*) FROM webhook_deliveries d WHERE d."bookingId" = k.id AND d.outcome = 'applied') = 1
    AND (SELECT count(*) FROM audit_logs a WHERE a."bookingId" = k.id) = 3
    AND (SELECT count(*) FROM booking_changes c WHERE c."bookingId" = k.id) = 1
    AND k.id IN (SELECT (data->>'bookingId')::uuid FROM pgboss.job WHERE name = 'generate-summary')`

async function measure(receiver: Receiver, webhooks: readonly SignedWebhook[], postgresCpu: CpuMeter): Promise<Round> {
  const before = { node: receiver.cpu(), postgres: postgresCpu() }
  const { latencies, elapsedMs } = await sendAll(receiver.url, webhooks, inFlight)
  const after = { node: receiver.cpu(), postgres: postgresCpu() }
  const stored = await receiver.countStored(webhooks.map(({ uid }) => uid))
  if (stored !== webhooks.length)
    throw new Error(`${webhooks.length} webhooks were acknowledged, and ${stored} bookings stored`)
  const each = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / webhooks.length
  const quantile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN
  return {
    webhooksPerSecond: (webhooks.length / elapsedMs) * 1_000,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    nodeMicros: each(before.node, after.node),
    postgresMicros: each(before.postgres, after.postgres),
  }
}

function figuresOf(server: string, all: ReadonlyMap<string, readonly Round[]>): WebhookFigures {
  const rounds = all.get(server) ?? []
  const baseline = all.get(baselineName) ?? []
  const known = (of: (round: Round) => number | null) => {
    const micros = rounds.map(of).filter((each) => each !== null)
    return micros.length < rounds.length ? null : spreadOver(micros, (each) => each)
  }
  return {
    server,
    ratioToBare: ratios(rounds, baseline, (round) => round.webhooksPerSecond),
    ratioOfP99: ratios(rounds, baseline, (round) => round.p99Ms),
    webhooksPerSecond: spreadOver(rounds, (round) => round.webhooksPerSecond),
    p50Ms: spreadOver(rounds, (round) => round.p50Ms),
    p99Ms: spreadOver(rounds, (round) => round.p99Ms),
    nodeMicros: known((round) => round.nodeMicros),
    postgresMicros: known((round) => round.postgresMicros),
  }
}

/** The figures as a printable table. */
export function webhookTable(figures: readonly WebhookFigures[]): string {
  const head = [
    'server',
    'webhooks/s, ratio',
    'p99, ratio',
    'webhooks/s',
    'p50 ms',
    'p99 ms',
    'Node µs',
    'PostgreSQL µs',
  ]
  const micros = (spread: Spread | null) => spread?.median.toFixed(0) ?? '–'
  return tableOf(
    head,
    figures.map((row) => [
      row.server,
      formatSpread(row.ratioToBare, 2),
      formatSpread(row.ratioOfP99, 2),
      row.webhooksPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(0),
      formatSpread(row.p99Ms, 0),
      micros(row.nodeMicros),
      micros(row.postgresMicros),
    ]),
  )
}
