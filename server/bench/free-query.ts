import { type Contestant, contest, type Figures, figuresTable } from './contest.ts'
import { graphqlRequest } from './dashboard.ts'
import { type BookedList, churchHubDocument, listFrom, peerDocument } from './free-query-document.ts'
import type { Plan } from './support/arguments.ts'
import type { Church } from './support/church.ts'
import { addAdmin } from './support/church.ts'
import { signIn } from './support/pastors.ts'
import { startChurchHub, startPostGraphile } from './support/programs.ts'
import type { Site } from './support/site.ts'

/** An admin session, and the week that it queries. */
type EventReader = Readonly<{ cookie: string; from: string; to: string }>

const dayMs = 86_400_000

/** Measures a query that ChurchHub wasn't tuned for, against PostGraphile; see docs/performance.md. */
export async function benchFreeQuery(site: Site, church: Church, plan: Plan): Promise<readonly Figures[]> {
  const clients = await signInAdmins(site, church)
  await using churchHub = await startChurchHub(site, plan.profileDirectory)
  await using peer = await startPostGraphile(site)
  const contestants: Contestant<EventReader, BookedList>[] = [
    {
      name: 'PostGraphile',
      program: peer,
      request: ({ from, to }) => graphqlRequest(`${peer.origin}/graphql`, peerDocument, { from, to }),
      read: listFrom,
    },
    {
      name: 'ChurchHub',
      program: churchHub,
      request: ({ from, to, cookie }) =>
        graphqlRequest(`${churchHub.origin}/graphql`, churchHubDocument, { from, to }, { cookie }),
      read: listFrom,
    },
  ]
  // Awaited here, while both servers run.
  return await contest(site, { name: 'free query', contestants, clients, check: assertFull }, plan)
}

/** The figures as a printable table. */
export function freeQueryTable(figures: readonly Figures[]): string {
  return figuresTable(figures, ['PostGraphile'])
}

/** Twenty sessions of one admin, each querying a different week from this Monday on. */
async function signInAdmins(site: Site, church: Church): Promise<EventReader[]> {
  const admin = await addAdmin(site)
  const cookies = await signIn(
    site,
    Array.from({ length: 20 }, () => admin),
  )
  return cookies.map((cookie, at) => {
    const from = new Date(church.thisMonday.getTime() + (7 + (at % (7 * (church.weeksAhead - 2)))) * dayMs)
    return { cookie, from: from.toISOString(), to: new Date(from.getTime() + 7 * dayMs).toISOString() }
  })
}

function assertFull({ nodes, totalCount }: BookedList): void {
  if (nodes.length !== 50 || totalCount <= 50)
    throw new Error(`the requested list has ${nodes.length} of ${totalCount} bookings`)
}
