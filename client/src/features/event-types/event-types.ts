import { useClient } from '@urql/solid'
import { EventTypesDocument, type OwnEventTypeFragment, RenameEventTypeDocument } from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'

/** One of the viewer's event types. */
export type OwnEventType = OwnEventTypeFragment

/** The viewer's event types, and a function to rename one, which returns the problem or null. */
export type EventTypes = Pages<OwnEventType> &
  Readonly<{ rename: (id: string, title: string) => Promise<Problem | null> }>

/** The viewer's event types, in Cal.com's order. */
export function createEventTypes(): EventTypes {
  const client = useClient()
  const pages = createPages(
    () => null,
    async () => {
      const { data, error } = await client.query(EventTypesDocument, {}).toPromise()
      const pageInfo = { endCursor: null, hasNextPage: false }
      return { ...(data && { page: { nodes: data.eventTypes, pageInfo } }), ...(error && { error }) }
    },
  )
  const rename = async (id: string, title: string) => {
    const sent = await send(client, RenameEventTypeDocument, { input: { id, title } })
    if ('problem' in sent) return sent.problem
    const renamed = sent.answer.renameEventType.eventType
    pages.edit((rows) => rows.map((row) => (row.id === id ? renamed : row)))
    return null
  }
  return { ...pages, rename }
}
