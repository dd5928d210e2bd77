import type { Client } from '@urql/core'
import { type Accessor, createContext, createSignal, useContext } from 'solid-js'
import { type SignedInViewerFragment, SignInDocument, SignOutDocument, ViewerDocument } from '../../gql/graphql.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'

/** The signed-in viewer. */
export type Viewer = SignedInViewerFragment

/**
 * Why the sign-in page is shown: nobody was signed in, the user signed out, the server ended the session, or it is
 * unknown.
 */
export type SignedOutReason = 'none' | 'left' | 'ended' | 'left-untold'

/** The state of the session. `unreachable` isn't signed out: the session may still be valid. */
type SessionState =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'unreachable'; problem: Problem }>
  | Readonly<{ name: 'signed-out'; reason: SignedOutReason }>
  | Readonly<{ name: 'signed-in'; viewer: Viewer }>

/** The session, and functions to change it. */
export type Session = Readonly<{
  state: Accessor<SessionState>
  /** Queries who is signed in. Resolves once the state is updated. */
  checkSession: () => Promise<void>
  /** Signs in; returns the problem or null. */
  signIn: (email: string, password: string) => Promise<Problem | null>
  signOut: () => Promise<void>
  /** The viewer's profile has changed. */
  changed: (viewer: Viewer) => void
  /** The server reports that the session is over. */
  ended: () => void
}>

/** Creates the session in the state `loading`; call `checkSession`. */
export function createSession(client: () => Client): Session {
  const [state, setState] = createSignal<SessionState>({ name: 'loading' })

  const checkSession = async () => {
    const { data, error } = await client().query(ViewerDocument, {}).toPromise()
    if (data?.viewer) setState({ name: 'signed-in', viewer: data.viewer })
    else if (error) setState(isSignedIn() ? state() : { name: 'unreachable', problem: problemOf(error) })
    else setState({ name: 'signed-out', reason: isSignedIn() ? 'ended' : 'none' })
  }

  const isSignedIn = () => state().name === 'signed-in'

  const signIn = async (email: string, password: string) => {
    const { data, error } = await client().mutation(SignInDocument, { input: { email, password } }).toPromise()
    if (error) return problemOf(error)
    if (!data) return unreachable
    setState({ name: 'signed-in', viewer: data.signIn.viewer })
    return null
  }

  const signOut = async () => {
    // Clear the screen first; the response only determines the message on the sign-in page.
    setState({ name: 'signed-out', reason: 'left' })
    const { error } = await client().mutation(SignOutDocument, {}).toPromise()
    if (error) setState({ name: 'signed-out', reason: 'left-untold' })
  }

  const changed = (viewer: Viewer) => {
    if (isSignedIn()) setState({ name: 'signed-in', viewer })
  }

  const ended = () => {
    if (isSignedIn()) setState({ name: 'signed-out', reason: 'ended' })
  }

  return { state, checkSession, signIn, signOut, changed, ended }
}

const ViewerContext = createContext<Accessor<Viewer>>()

/** Provides the signed-in viewer to its children. */
export const ViewerProvider = ViewerContext.Provider

/** The signed-in viewer. Throws outside the signed-in part of the tree. */
export function useViewer(): Accessor<Viewer> {
  const viewer = useContext(ViewerContext)
  if (viewer === undefined) throw new Error('useViewer is called outside ViewerProvider')
  return viewer
}
