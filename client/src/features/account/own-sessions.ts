import { useClient } from '@urql/solid'
import {
  MySessionsDocument,
  type OwnSessionFragment,
  RevokeSessionDocument,
  SignOutElsewhereDocument,
} from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import { problemIn, send } from '../../lib/send.ts'

const pageSize = 50

/** One of one's own sessions. */
export type OwnSession = OwnSessionFragment

/** One's own sessions and the ways to end them; each returns what was wrong, or null. */
export type OwnSessions = Pages<OwnSession> &
  Readonly<{
    revoke: (id: string) => Promise<Problem | null>
    endOthers: () => Promise<Problem | null>
  }>

/** One's own sessions that have not ended, newest first. */
export function createOwnSessions(): OwnSessions {
  const client = useClient()
  const pages = createPages(
    () => null,
    async (_filter, after) => {
      const { data, error } = await client.query(MySessionsDocument, { first: pageSize, after }).toPromise()
      return { ...(data && { page: data.mySessions }), ...(error && { error }) }
    },
  )
  const revoke = async (id: string) => {
    const problem = problemIn(await send(client, RevokeSessionDocument, { input: { id } }))
    await pages.refresh()
    // What has ended already is what was wanted.
    return problem?.code === 'NOT_FOUND' ? null : problem
  }
  const endOthers = async () => {
    const problem = problemIn(await send(client, SignOutElsewhereDocument, {}))
    await pages.refresh()
    return problem
  }
  return { ...pages, revoke, endOthers }
}
