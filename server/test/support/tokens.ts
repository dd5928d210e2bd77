import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import type { Scope } from '../../src/core/access/scopes.ts'
import type { Answer, Person, RunningChurch, RunningNode } from './running-church.ts'

/** A token as a script holds it. */
export type IssuedToken = Readonly<{ id: string; rowId: string; token: string }>

type Node = Pick<RunningNode, 'url' | 'ask'>

const create = `mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token apiToken { id } } }`

/** Creates a token through the API, as its owner does. */
export async function addToken(
  church: Pick<RunningChurch, 'ask'>,
  person: Person,
  scopes: readonly Scope[],
  expiresAt?: Date,
): Promise<IssuedToken> {
  const input = { name: 'A script', scopes, ...(expiresAt && { expiresAt }) }
  const { data, text } = await church.ask<{ createApiToken: { token: string; apiToken: { id: string } } }>(
    person,
    create,
    { input },
  )
  if (!data) throw new Error(`no token was created: ${text}`)
  const { token, apiToken } = data.createApiToken
  return { token, id: apiToken.id, rowId: Buffer.from(apiToken.id, 'base64').toString().split(':')[1] ?? '' }
}

/** Sends a request as a script does: with a token and no cookie. */
export function askWithToken<T = Record<string, unknown>>(
  node: Node,
  { token }: Pick<IssuedToken, 'token'>,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer<T>> {
  return node.ask<T>(null, query, variables, { authorization: `Bearer ${token}` })
}

/** Like `askWithToken`, over Server-Sent Events. Returns the first event. */
export async function askOverEvents<T = Record<string, unknown>>(
  { url }: Pick<Node, 'url'>,
  { token }: Pick<IssuedToken, 'token'>,
  query: string,
): Promise<Pick<Answer<T>, 'data' | 'errors'>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  const [, json = ''] = /^data: (\{.*)$/m.exec(await response.text()) ?? []
  return JSON.parse(json) as Pick<Answer<T>, 'data' | 'errors'> // the first event of the stream is the response
}

type SocketOptions = Readonly<{ headers?: Record<string, string>; connectionParams?: Record<string, unknown> }>

/** A graphql-ws client with these headers and this connection_init payload, and its close code. */
export function socketBy(node: Pick<Node, 'url'>, { headers = {}, connectionParams = {} }: SocketOptions) {
  class SocketOf extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers })
    }
  }
  const [connected, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()]
  const client = createClient({
    url: `${node.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: SocketOf,
    connectionParams,
    retryAttempts: 0,
    on: {
      connected: () => connected.resolve(),
      // graphql-ws leaves the type of the event to the implementation; here it is a CloseEvent.
      closed: (event) => closed.resolve((event as { code: number }).code),
    },
  })
  return { client, connected: connected.promise, closed: closed.promise }
}
