import { askChurchHub } from './dashboard.ts'
import { type Week, weekFromChurchHub } from './dashboard-query.ts'
import type { Plan } from './support/arguments.ts'
import { buildChurch } from './support/church.ts'
import { load } from './support/load.ts'
import { type EventReader, signInPastors } from './support/pastors.ts'
import { startChurchHub } from './support/programs.ts'
import { interleave, ratios, type Spread, spreadOver } from './support/rounds.ts'
import { openSite } from './support/site.ts'
import { formatSpread, tableOf } from './support/table.ts'

const connections = 32

/**
 * 320 pastors over three years and four weeks ahead have a million bookings; 200 pastors over three weeks have twelve
 * thousand.
 */
const churches = [
  { name: 'small', bookings: 10_000, pastorCount: 200 },
  { name: 'large', bookings: 1_000_000, pastorCount: 320 },
] as const

export type ScaleFigures = Readonly<{
  church: string
  bookings: number
  /** Requests per second relative to the small church, in the same round. */
  ratioToSmall: Spread
  requestsPerSecond: Spread
  p50Ms: Spread
  p99Ms: Spread
}>

/** Measures one pastor's dashboard query in a small church, and in a large one with three years of partitions. */
export async function benchScale(plan: Plan): Promise<readonly ScaleFigures[]> {
  await using open = new AsyncDisposableStack()
  const measures = new Map<string, () => ReturnType<typeof load>>()
  const sizes = new Map<string, number>()
  for (const { name, bookings: asked, pastorCount } of churches) {
    const bookings = plan.isQuick ? asked / 10 : asked
    const site = open.use(await openSite())
    console.log(`Filling a church with ${bookings.toLocaleString('en')} bookings …`)
    const church = await buildChurch({ url: site.url, bookings, pastorCount })
    await site.settle()
    sizes.set(name, church.bookingCount)
    const clients = (await signInPastors(site, church)).slice(0, 200)
    const churchHub = open.use(await startChurchHub(site, null))
    const request = askChurchHub(churchHub, 'week')
    await assertFull(clients, request)
    const loading = { requests: clients.map(request), connections, directory: site.directory }
    await load({ ...loading, seconds: plan.secondsPerRound })
    measures.set(name, () => load({ ...loading, seconds: plan.secondsPerRound }))
  }
  const rounds = await interleave(measures, plan.rounds)
  return [...rounds].map(([church, own]) => ({
    church,
    bookings: sizes.get(church) ?? 0,
    ratioToSmall: ratios(own, rounds.get('small') ?? [], (round) => round.requestsPerSecond),
    requestsPerSecond: spreadOver(own, (round) => round.requestsPerSecond),
    p50Ms: spreadOver(own, (round) => round.p50Ms),
    p99Ms: spreadOver(own, (round) => round.p99Ms),
  }))
}

/** The figures as a printable table. */
export function scaleTable(figures: readonly ScaleFigures[]): string {
  const head = ['church', 'bookings', 'requests/s, ratio', 'requests/s', 'p50 ms', 'p99 ms']
  return tableOf(
    head,
    figures.map((row) => [
      row.church,
      row.bookings.toLocaleString('en'),
      formatSpread(row.ratioToSmall, 2),
      row.requestsPerSecond.median.toFixed(0),
      row.p50Ms.median.toFixed(0),
      formatSpread(row.p99Ms, 0),
    ]),
  )
}

async function assertFull(clients: readonly EventReader[], request: ReturnType<typeof askChurchHub>): Promise<void> {
  for (const client of clients.slice(0, 20)) {
    const { url, headers, body } = request(client)
    const week: Week = weekFromChurchHub(await (await fetch(url, { method: 'POST', headers, body })).text())
    if (week.bookings.length !== 20 || week.bookings.some(({ contextSummaries }) => contextSummaries.length !== 1)) {
      throw new Error('the requested week doesn’t have 20 bookings with a summary each')
    }
  }
}
