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

/** One of the viewer's sessions. */
export type OwnSession = OwnSessionFragment

/** The viewer's sessions, and functions to end them; each returns the problem or null. */
export type OwnSessions = Pages<OwnSession> &
  Readonly<{
    revoke: (id: string) => Promise<Problem | null>
    endOthers: () => Promise<Problem | null>
  }>

/** The viewer's active sessions, newest first. */
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
    // If it has already ended, the goal is reached.
    return problem?.code === 'NOT_FOUND' ? null : problem
  }
  const endOthers = async () => {
    const problem = problemIn(await send(client, SignOutElsewhereDocument, {}))
    await pages.refresh()
    return problem
  }
  return { ...pages, revoke, endOthers }
}
