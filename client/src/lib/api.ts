import { Client, type ExecutionResult, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { createContext, useContext } from 'solid-js'
import { createLiveSocket, type LiveSocket } from './live-socket.ts'
import type { PasswordPrompt } from './password-prompt.ts'
import { hasCode } from './problem.ts'

const timeoutMs = 20_000

/**
 * The API clients. Neither has a cache: rows live in one store that events keep up to date, and decrypted data must not
 * be cached at all. `sealed` is a separate client, so that a cache added to `client` later can't hold a summary.
 */
export type Api = Readonly<{ client: Client; uncachedClient: Client; socket: LiveSocket }>

/**
 * Creates the clients. `onUnauthenticated` is called for each response that says the session is over; `passwords` asks
 * for the password if a mutation requires it, which is then sent again.
 */
export function createApi(onUnauthenticated: () => void, passwords: Pick<PasswordPrompt, 'ask'>): Api {
  const socket = createLiveSocket(`${window.location.origin.replace(/^http/, 'ws')}/graphql`)
  const shared = {
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetch: fetchWithTimeout,
    // The server's CSRF check needs nothing from here: it accepts only application/json and same-origin requests.
    fetchOptions: { credentials: 'same-origin' },
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
      // Safe to repeat: the server checks the password before it writes.
      return { ...(await client.mutation(query, variables).toPromise()), operation: result.operation }
    },
  })
  const live = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({
        unsubscribe: socket.client.subscribe(
          // urql always sends the query's text; its type allows omitting it for persisted documents.
          { ...request, query: request.query ?? '' },
          // Both libraries use the same message; the types only differ in whether a missing `data` may be `undefined`.
          { ...sink, next: (result) => sink.next(result as ExecutionResult) },
        ),
      }),
    }),
  })
  const client = new Client({ ...shared, exchanges: [askPassword, watchSession, fetchExchange, live] })
  return {
    client,
    uncachedClient: new Client({ ...shared, exchanges: [watchSession, fetchExchange] }),
    socket,
  }
}

/** `fetch` with a timeout of 20 s, so a server that never responds doesn't leave a skeleton forever. */
function fetchWithTimeout(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  return fetch(input, { ...init, signal })
}

const ApiContext = createContext<Api>()

/** Provides the clients to its children. */
export const ApiProvider = ApiContext.Provider

/** The clients of the provider. Throws if there is none, which is a programming error. */
export function useApi(): Api {
  const api = useContext(ApiContext)
  if (api === undefined) throw new Error('useApi is called outside ApiProvider')
  return api
}
