import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import { EndpointLogDocument } from '../../gql/graphql.ts'
import { createPages, type Page, type Pages } from '../../lib/pages.ts'
import type { Problem } from '../../lib/problem.ts'
import type { Endpoints } from './endpoints.ts'
import { type LogChoice, type LoggedMessage, logChoices } from './model.ts'

const pageSize = 20

/** The delivery log of an endpoint. */
export type EndpointLog = Pages<LoggedMessage> &
  Readonly<{
    choice: Accessor<LogChoice>
    choose: (choice: LogChoice) => void
    redeliver: (messageId: string) => Promise<Problem | null>
  }>

const emptyPage: Page<LoggedMessage> = { nodes: [], pageInfo: { endCursor: null, hasNextPage: false } }

/** The delivery log of one endpoint, newest first. */
export function createEndpointLog(id: string, endpoints: Pick<Endpoints, 'redeliver' | 'refresh'>): EndpointLog {
  const client = useClient()
  const [choice, setChoice] = createSignal<LogChoice>('all')
  const pages = createPages(choice, async (wanted, after) => {
    const { filter } = logChoices[wanted]
    // The log grows by itself: a cached response would be stale.
    const options = { requestPolicy: 'network-only' } as const
    const variables = { id, filter: { ...filter }, first: pageSize, after }
    const { data, error } = await client.query(EndpointLogDocument, variables, options).toPromise()
    const page = data?.node && 'messages' in data.node ? data.node.messages : emptyPage
    return { ...(data && { page }), ...(error && { error }) }
  })
  // Delivery results also change the endpoint's status.
  const refresh = async () => {
    await Promise.all([pages.refresh(), endpoints.refresh()])
  }
  const redeliver = async (messageId: string) => {
    const sent = await endpoints.redeliver(messageId)
    await refresh()
    return 'problem' in sent ? sent.problem : null
  }
  return { ...pages, refresh, choice, choose: setChoice, redeliver }
}
