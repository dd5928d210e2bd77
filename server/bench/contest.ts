import { deepStrictEqual } from 'node:assert'
import type { Plan } from './support/arguments.ts'
import { type Load, type LoadOptions, type LoadRequest, load } from './support/load.ts'
import { type CpuMeter, meterPostgres, meterProcess } from './support/processor.ts'
import type { Program } from './support/programs.ts'
import { interleave, ratios, type Spread, spreadOver } from './support/rounds.ts'
import type { Site } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'

const connections = 32

/** A server under test, with how to send it a request and parse its response. */
export type Contestant<Client, Answer> = Readonly<{
  name: string
  program: Program
  request: (client: Client) => LoadRequest
  read: (body: string) => Answer
}>

/** A query that all contestants answer, from many users in turn. */
export type Question<Client, Answer> = Readonly<{
  name: string
  contestants: readonly Contestant<Client, Answer>[]
  clients: readonly Client[]
  /** Throws if a response isn't worth measuring, for example an empty one. */
  check: (answer: Answer) => void
}>

type Round = Load & Readonly<{ nodeMicros: number | null; postgresMicros: number | null }>

export type Figures = Readonly<{
  query: string
  server: string
  /** Requests per second relative to each other contestant, in the same round. */
  ratioTo: Readonly<Record<string, Spread>>
  /** The 99th percentile relative to each other contestant, in the same round. */
  p99RatioTo: Readonly<Record<string, Spread>>
  requestsPerSecond: Spread
  p50Ms: Spread
  p99Ms: Spread
  /** CPU time per request in microseconds, over all rounds. Null if the machine doesn't report it. */
  nodeMicros: number | null
  postgresMicros: number | null
}>

/** Compares all contestants' responses, then loads each in turn, round by round. */
export async function contest<Client, Answer>(
  { url, directory }: Site,
  { name, contestants, clients, check }: Question<Client, Answer>,
  plan: Plan,
): Promise<readonly Figures[]> {
  // Neither number divides the period in which users repeat, so every kind of user is included.
  const [many, few] = [clients.filter((_, at) => at % 3 === 0), clients.filter((_, at) => at % 7 === 0)]
  await assertSameAnswers(contestants, plan.isQuick ? few : many, check)
  const postgresCpu = await meterPostgres(url)
  const measures = new Map<string, () => Promise<Round>>()
  for (const contestant of contestants) {
    const requests = clients.map(contestant.request)
    const nodeCpu = meterProcess(contestant.program.pid)
    measures.set(contestant.name, await warmUp({ requests, connections, directory }, nodeCpu, postgresCpu, plan))
  }
  const rounds = await interleave(measures, plan.rounds)
  await assertSameAnswers(contestants, few, check)
  return contestants.map((contestant) => figuresOf(name, contestant.name, rounds))
}

/** The figures as a printable table, with a column for each reference server. */
export function figuresTable(figures: readonly Figures[], references: readonly string[]): string {
  const against = references.flatMap((name) => [`of ${name}`, `p99 of ${name}`])
  const head = ['query', 'server', ...against, 'requests/s', 'p50 ms', 'p99 ms', 'Node µs', 'PostgreSQL µs']
  const micros = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  return tableOf(
    head,
    figures.map((row) => [
      row.query,
      row.server,
      ...references.flatMap((name) => [spreadIn(row.ratioTo, name), spreadIn(row.p99RatioTo, name)]),
      row.requestsPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(0),
      formatSpread(row.p99Ms, 0),
      micros(row.nodeMicros),
      micros(row.postgresMicros),
    ]),
  )
}

function spreadIn(spreads: Readonly<Record<string, Spread>>, name: string): string {
  const spread = spreads[name]
  return spread === undefined ? '–' : formatSpread(spread, 2)
}

/** Throws if a contestant's response differs. */
async function assertSameAnswers<Client, Answer>(
  contestants: readonly Contestant<Client, Answer>[],
  clients: readonly Client[],
  check: (answer: Answer) => void,
): Promise<void> {
  for (const client of clients) {
    const [first, ...others] = await Promise.all(
      contestants.map(async ({ name, request, read }) => ({ name, answer: read(await send(request(client))) })),
    )
    if (first === undefined) throw new Error('there is nobody to compare')
    check(first.answer)
    for (const { name, answer } of others)
      deepStrictEqual(answer, first.answer, `${name} answers otherwise than ${first.name}`)
  }
}

async function send({ url, headers, body }: LoadRequest): Promise<string> {
  const answer = await fetch(url, body === null ? { headers } : { method: 'POST', headers, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 500)}`)
  return text
}

/** Warms up the server, and returns a function that measures it for one round. */
async function warmUp(
  loading: Omit<LoadOptions, 'seconds'>,
  nodeCpu: CpuMeter,
  postgresCpu: CpuMeter,
  { secondsPerRound: seconds }: Plan,
): Promise<() => Promise<Round>> {
  const { meanBytes: expectedBytes } = await load({ ...loading, seconds })
  return async () => {
    const before = { node: nodeCpu(), postgres: postgresCpu() }
    const loaded = await load({ ...loading, seconds, expectedBytes })
    return {
      ...loaded,
      nodeMicros: difference(before.node, nodeCpu()),
      postgresMicros: difference(before.postgres, postgresCpu()),
    }
  }
}

function difference(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : now - before
}

function figuresOf(query: string, server: string, all: ReadonlyMap<string, readonly Round[]>): Figures {
  const rounds = all.get(server) ?? []
  const requestCount = rounds.reduce((sum, round) => sum + round.requestCount, 0)
  const perRequest = (of: (round: Round) => number | null) => {
    const micros = rounds.map(of)
    return micros.every((each) => each !== null) ? micros.reduce((sum, each) => sum + each, 0) / requestCount : null
  }
  const against = (of: (round: Round) => number) =>
    Object.fromEntries([...all].map(([name, others]) => [name, ratios(rounds, others, of)]))
  return {
    query,
    server,
    ratioTo: against((round) => round.requestsPerSecond),
    p99RatioTo: against((round) => round.p99Ms),
    requestsPerSecond: spreadOver(rounds, (round) => round.requestsPerSecond),
    p50Ms: spreadOver(rounds, (round) => round.p50Ms),
    p99Ms: spreadOver(rounds, (round) => round.p99Ms),
    nodeMicros: perRequest((round) => round.nodeMicros),
    postgresMicros: perRequest((round) => round.postgresMicros),
  }
}
