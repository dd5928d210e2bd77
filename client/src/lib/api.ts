import { Client, type ExecutionResult, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { createContext, useContext } from 'solid-js'
import { createLiveSocket, type LiveSocket } from './live-socket.ts'
import type { PasswordPrompt } from './password-prompt.ts'
import { hasCode } from './problem.ts'

const answerWithinMs = 20_000

/**
 * The ways to the server. Neither client has a cache: rows live in one store that events keep up to date, and what is
 * sealed must not be kept at all. `sealed` is a client of its own, so that a cache added to the other one some day
 * can't take hold of a summary.
 */
export type Api = Readonly<{ client: Client; sealed: Client; socket: LiveSocket }>

/**
 * Makes the clients. `onUnauthenticated` hears each answer that says the session is gone; `passwords` asks for the password
 * where a change needs it, which is then made once more.
 */
export function createApi(onUnauthenticated: () => void, passwords: Pick<PasswordPrompt, 'ask'>): Api {
  const socket = createLiveSocket(`${window.location.origin.replace(/^http/, 'ws')}/graphql`)
  const shared = {
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetch: fetchWithin,
    // A header that no form and no foreign page can send without a preflight: the server's guard against CSRF.
    fetchOptions: { credentials: 'same-origin', headers: { 'x-churchhub-client': 'web' } },
  } as const
  const watchSession = mapExchange({
    onResult: (result) => {
      if (hasCode(result.error, 'UNAUTHENTICATED')) onUnauthenticated()
    },
  })
  const askPassword = mapExchange({
    onResult: async (result) => {
      const { kind, query, variables } = result.operation
      if (kind !== 'mutation' || !hasCode(result.error, 'PASSWORD_REQUIRED')) return result
      if (!(await passwords.ask())) return result
      // Nothing was changed by the first one: the server checks before it writes.
      return { ...(await client.mutation(query, variables).toPromise()), operation: result.operation }
    },
  })
  const live = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({
        unsubscribe: socket.client.subscribe(
          // urql always sends the query's text; its type leaves it open for persisted documents.
          { ...request, query: request.query ?? '' },
          // The same message in both libraries: only where a missing `data` may be `undefined` do their types differ.
          { ...sink, next: (result) => sink.next(result as ExecutionResult) },
        ),
      }),
    }),
  })
  const client = new Client({ ...shared, exchanges: [askPassword, watchSession, fetchExchange, live] })
  return {
    client,
    sealed: new Client({ ...shared, exchanges: [watchSession, fetchExchange] }),
    socket,
  }
}

/** `fetch` that gives up after 20 s: a server that accepts and never answers must not leave a skeleton for ever. */
function fetchWithin(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(answerWithinMs)
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  return fetch(input, { ...init, signal })
}

const ApiContext = createContext<Api>()

/** Gives the clients to everything below it. */
export const ApiProvider = ApiContext.Provider

/** The clients of the provider above. Throws when there is none: a mistake in the tree, not a state of the program. */
export function useApi(): Api {
  const api = useContext(ApiContext)
  if (api === undefined) throw new Error('useApi is called outside ApiProvider')
  return api
}
