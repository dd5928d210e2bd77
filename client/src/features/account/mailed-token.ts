import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** The token of the mailed link that this page was opened by, in memory only. */
export type MailedToken = Readonly<{ token: Accessor<string | null>; forget: () => void }>

/** The pages that mails lead to. The server writes these paths into its mails. */
export const mailedPaths: readonly string[] = ['/accept-invitation', '/reset-password']

/**
 * Takes the token out of an address such as `/reset-password#token=…`, and out of the tab's history with it: whoever
 * comes to this browser next must not find it with the back button. Null where there is none.
 */
export function takeMailedToken(
  location: Pick<Location, 'pathname' | 'search' | 'hash'>,
  history: Pick<History, 'state' | 'replaceState'>,
): string | null {
  const given = new URLSearchParams(location.hash.slice(1))
  if (!given.has('token')) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  return given.get('token') || null
}

/** Holds the token of the link until it is used. Call it before the router, which would remember the address. */
export function createMailedToken(): MailedToken {
  const [token, setToken] = createSignal(takeMailedToken(window.location, window.history))
  // A second mail's link in the same tab changes the fragment and loads nothing.
  const takeAnother = () => {
    const another = takeMailedToken(window.location, window.history)
    if (another !== null) setToken(another)
  }
  window.addEventListener('hashchange', takeAnother)
  onCleanup(() => window.removeEventListener('hashchange', takeAnother))
  return { token, forget: () => setToken(null) }
}
