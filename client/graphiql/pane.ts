import { createGraphiQLFetcher, type Storage } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import 'graphiql/style.css'
import './graphiql.css'
import { createClient } from 'graphql-ws'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { starterQuery } from './starter-query.ts'
import './workers.ts'

/**
 * Mounts GraphiQL. With a token it asks as the token and sends no cookie; without one as whoever is signed in.
 * Returns what takes it away again, its socket and the token with it.
 */
export function mountGraphiql(element: HTMLElement, token: string | null): () => void {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const socket = createClient({
    url: `${window.location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
    retryAttempts: 0,
  })
  const fetcher = createGraphiQLFetcher({
    url: '/graphql',
    headers: authorization,
    fetch: (input, init) => fetch(input, { ...init, credentials: token === null ? 'same-origin' : 'omit' }),
    wsClient: socket,
    enableIncrementalDelivery: false,
  })
  const root = createRoot(element)
  root.render(
    createElement(GraphiQL, {
      fetcher,
      storage: createMemory(),
      defaultQuery: starterQuery,
      // Where a token would be typed, and with it be kept in a tab.
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
    }),
  )
  return () => {
    root.unmount()
    void socket.dispose()
  }
}

/** What GraphiQL would keep in the browser: names of people are among variables, so it lasts as long as the page. */
function createMemory(): Storage {
  const entries = new Map<string, string>()
  return {
    get length() {
      return entries.size
    },
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  }
}
