import { deepStrictEqual } from 'node:assert'
import { createSessions } from '../src/core/sessions/sessions.ts'
import { systemClock } from '../src/platform/clock.ts'
import { createDatabase } from '../src/platform/database/client.ts'
import type { Plan } from './arguments.ts'
import type { Church } from './church.ts'
import { type Week, weekDocument, weekFromChurchHub, weekFromFloor } from './dashboard-query.ts'
import { type Load, type LoadOptions, type LoadRequest, load } from './load.ts'
import { type CpuMeter, meterPostgres, meterProcess } from './processor.ts'
import { type Program, startChurchHub, startFloor } from './programs.ts'
import { interleave, ratios, type Spread, spreadOver } from './rounds.ts'
import type { Site } from './site.ts'
import { formatSpread, tableOf } from './table.ts'

const connections = 32

type Query = 'week' | 'week-and-counts'

/** Somebody who answers the dashboard query, and how to ask and understand them. */
type Contestant = Readonly<{
  name: string
  program: Program
  request: (pastor: Pastor, query: Query) => LoadRequest
  read: (body: string) => Week
}>

/** A pastor, signed in, and the week they look at. */
type Pastor = Readonly<{ userId: string; cookie: string; from: string; to: string }>

type Round = Load & Readonly<{ nodeMicros: number | null; postgresMicros: number | null }>

export type DashboardFigures = Readonly<{
  query: Query
  server: string
  /** Requests per second against the floor's in the same round. */
  ratioToFloor: Spread
  requestsPerSecond: Spread
  p50Ms: Spread
  p99Ms: Spread
  /** CPU time a request, in microseconds, of all rounds together. Null where the machine does not tell. */
  nodeMicros: number | null
  postgresMicros: number | null
}>

export type DashboardResult = Readonly<{ figures: readonly DashboardFigures[]; churchHubReadyMs: number }>

/** Measures the dashboard query against its floor; see docs/performance.md. */
export async function benchDashboard(site: Site, church: Church, plan: Plan): Promise<DashboardResult> {
  const pastors = await signIn(site, church)
  await using floor = await startFloor(site)
  await using churchHub = await startChurchHub(site, plan.profileDirectory)
  const contestants: Contestant[] = [
    { name: 'floor', program: floor, request: askFloor(floor), read: weekFromFloor },
    { name: 'churchhub', program: churchHub, request: askChurchHub(churchHub), read: weekFromChurchHub },
  ]
  const postgresCpu = await meterPostgres(site.url)
  const figures: DashboardFigures[] = []
  for (const query of ['week', 'week-and-counts'] as const) {
    // Neither number divides the weeks that the pastors look at, so each of those is among them.
    const many = pastors.filter((_, at) => at % 3 === 0)
    const some = pastors.filter((_, at) => at % 7 === 0)
    await assertSameAnswers(contestants, plan.isQuick ? some : many, query)
    const measures = new Map<string, () => Promise<Round>>()
    for (const contestant of contestants) {
      const requests = pastors.map((pastor) => contestant.request(pastor, query))
      const { name, program } = contestant
      const round = { requests, connections, directory: site.directory }
      measures.set(name, await warmUp(round, meterProcess(program.pid), postgresCpu, plan))
    }
    const rounds = await interleave(measures, plan.rounds)
    await assertSameAnswers(contestants, some, query)
    figures.push(...contestants.map(({ name }) => figuresOf(query, name, rounds)))
  }
  return { figures, churchHubReadyMs: churchHub.readyMs }
}

/** The figures as a table for people. */
export function dashboardTable({ figures }: DashboardResult): string {
  const head = ['query', 'server', 'ratio to floor', 'requests/s', 'p50 ms', 'p99 ms', 'Node µs', 'PostgreSQL µs']
  const micros = (value: number | null) => (value === null ? '–' : value.toFixed(0))
  return tableOf(
    head,
    figures.map((row) => [
      row.query,
      row.server,
      formatSpread(row.ratioToFloor, 2),
      row.requestsPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(0),
      formatSpread(row.p99Ms, 0),
      micros(row.nodeMicros),
      micros(row.postgresMicros),
    ]),
  )
}

async function signIn({ url }: Site, church: Church): Promise<Pastor[]> {
  const { database, close } = createDatabase({ url, applicationName: 'churchhub bench', maxConnections: 2 })
  const sessions = createSessions({ database, clock: systemClock, secureCookies: false })
  const weekMs = 7 * 86_400_000
  try {
    const signedIn: Pastor[] = []
    for (const [at, userId] of church.pastorIds.entries()) {
      const origin = { ipAddress: '127.0.0.1', userAgent: 'bench' }
      const { token } = await database.$transaction((tx) => sessions.create(tx, userId, origin))
      const from = new Date(church.thisMonday.getTime() + (at % church.weeksAhead) * weekMs)
      const [cookie = ''] = sessions.cookieFor(token).split(';')
      signedIn.push({ userId, cookie, from: from.toISOString(), to: new Date(from.getTime() + weekMs).toISOString() })
    }
    return signedIn
  } finally {
    await close()
  }
}

function askFloor({ origin }: Program): Contestant['request'] {
  return ({ userId, from, to }, query) => {
    const search = new URLSearchParams({ owner: userId, from, to })
    return { url: `${origin}/${query}?${search}`, headers: {}, body: null }
  }
}

function askChurchHub({ origin }: Program): Contestant['request'] {
  const documents = { week: weekDocument({ counts: false }), 'week-and-counts': weekDocument({ counts: true }) }
  return ({ cookie, from, to }, query) => ({
    url: `${origin}/graphql`,
    headers: { 'content-type': 'application/json', accept: 'application/json', cookie },
    body: JSON.stringify({ query: documents[query], variables: { from, to } }),
  })
}

/** Whoever answers something else is not measured. */
async function assertSameAnswers(
  contestants: readonly Contestant[],
  pastors: readonly Pastor[],
  query: Query,
): Promise<void> {
  for (const pastor of pastors) {
    const [first, ...others] = await Promise.all(
      contestants.map(async ({ name, request, read }) => ({ name, week: read(await ask(request(pastor, query))) })),
    )
    if (first?.week.bookings.length !== 20) throw new Error('the week that is asked for has not 20 bookings')
    for (const { name, week } of others)
      deepStrictEqual(week, first.week, `${name} answers otherwise than ${first.name}`)
  }
}

async function ask({ url, headers, body }: LoadRequest): Promise<string> {
  const answer = await fetch(url, body === null ? { headers } : { method: 'POST', headers, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 500)}`)
  return text
}

/** Runs the server warm and returns what measures it for one round. */
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
      nodeMicros: since(before.node, nodeCpu()),
      postgresMicros: since(before.postgres, postgresCpu()),
    }
  }
}

function since(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : now - before
}

function figuresOf(query: Query, server: string, all: ReadonlyMap<string, readonly Round[]>): DashboardFigures {
  const rounds = all.get(server) ?? []
  const requestCount = rounds.reduce((sum, round) => sum + round.requestCount, 0)
  const perRequest = (of: (round: Round) => number | null) => {
    const micros = rounds.map(of)
    return micros.every((each) => each !== null) ? micros.reduce((sum, each) => sum + each, 0) / requestCount : null
  }
  return {
    query,
    server,
    ratioToFloor: ratios(rounds, all.get('floor') ?? [], (round) => round.requestsPerSecond),
    requestsPerSecond: spreadOver(rounds, (round) => round.requestsPerSecond),
    p50Ms: spreadOver(rounds, (round) => round.p50Ms),
    p99Ms: spreadOver(rounds, (round) => round.p99Ms),
    nodeMicros: perRequest((round) => round.nodeMicros),
    postgresMicros: perRequest((round) => round.postgresMicros),
  }
}
