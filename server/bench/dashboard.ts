import { type Contestant, contest, type Figures, figuresTable } from './contest.ts'
import {
  peerDocument,
  type Week,
  weekDocument,
  weekFromChurchHub,
  weekFromFloor,
  weekFromPeer,
} from './dashboard-query.ts'
import type { Plan } from './support/arguments.ts'
import type { Church } from './support/church.ts'
import type { LoadRequest } from './support/load.ts'
import { type EventReader, signInPastors } from './support/pastors.ts'
import { type Program, startChurchHub, startFloor, startPostGraphile } from './support/programs.ts'
import type { Site } from './support/site.ts'

type Query = 'week' | 'week-and-counts'

/** Measures the dashboard query against the floor server and PostGraphile; see docs/performance.md. */
export async function benchDashboard(site: Site, church: Church, plan: Plan): Promise<readonly Figures[]> {
  const clients = await signInPastors(site, church)
  await using floor = await startFloor(site)
  await using churchHub = await startChurchHub(site, plan.profileDirectory)
  await using peer = await startPostGraphile(site)
  const figures: Figures[] = []
  for (const query of ['week', 'week-and-counts'] as const) {
    const contestants: Contestant<EventReader, Week>[] = [
      { name: 'floor', program: floor, request: floorRequest(floor, query), read: weekFromFloor },
      { name: 'ChurchHub', program: churchHub, request: askChurchHub(churchHub, query), read: weekFromChurchHub },
      { name: 'PostGraphile', program: peer, request: askPeer(peer, query), read: weekFromPeer },
    ]
    figures.push(...(await contest(site, { name: query, contestants, clients, check: assertFull }, plan)))
  }
  return figures
}

/** The figures as a printable table. */
export function dashboardTable(figures: readonly Figures[]): string {
  return figuresTable(figures, ['floor', 'PostGraphile'])
}

function assertFull({ bookings }: Week): void {
  if (bookings.length !== 20) throw new Error('the requested week doesn’t have 20 bookings')
}

/** A GraphQL request as JSON. */
export function graphqlRequest(
  url: string,
  query: string,
  variables: Record<string, unknown>,
  headers: Record<string, string> = {},
): LoadRequest {
  return {
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  }
}

function floorRequest({ origin }: Program, query: Query) {
  return ({ userId, from, to }: EventReader): LoadRequest => {
    const search = new URLSearchParams({ owner: userId, from, to })
    return { url: `${origin}/${query}?${search}`, headers: {}, body: null }
  }
}

/** Sends the dashboard query to ChurchHub. */
export function askChurchHub({ origin }: Program, query: Query) {
  const document = weekDocument({ counts: query === 'week-and-counts' })
  return ({ cookie, from, to }: EventReader) => graphqlRequest(`${origin}/graphql`, document, { from, to }, { cookie })
}

function askPeer({ origin }: Program, query: Query) {
  const document = peerDocument({ counts: query === 'week-and-counts' })
  return ({ userId, from, to }: EventReader) =>
    graphqlRequest(`${origin}/graphql`, document, { owner: userId, from, to })
}
