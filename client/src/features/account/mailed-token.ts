import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** The token of the mailed link that opened this page, in memory only. */
export type MailedToken = Readonly<{ token: Accessor<string | null>; clear: () => void }>

/** The pages of mailed links. The server puts these paths into its mails. */
export const mailedPaths: readonly string[] = ['/accept-invitation', '/reset-password']

/**
 * Removes the token from an address such as `/reset-password#token=…` and from the tab's history, so the next user of
 * the browser can't find it with the back button. Null if there is none.
 */
export function takeMailedToken(
  location: Pick<Location, 'pathname' | 'search' | 'hash'>,
  history: Pick<History, 'state' | 'replaceState'>,
): string | null {
  const parameters = new URLSearchParams(location.hash.slice(1))
  if (!parameters.has('token')) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return parameters.get('token') || null
}

/** Holds the link's token until it is used. Call it before the router, which would remember the address. */
export function createMailedToken(): MailedToken {
  const [token, setToken] = createSignal(takeMailedToken(window.location, window.history))
  // Another link opened in the same tab only changes the fragment and loads nothing.
  const takeNext = () => {
    const another = takeMailedToken(window.location, window.history)
    if (another !== null) setToken(another)
  }
  window.addEventListener('hashchange', takeNext)
  onCleanup(() => window.removeEventListener('hashchange', takeNext))
  return { token, clear: () => setToken(null) }
}
