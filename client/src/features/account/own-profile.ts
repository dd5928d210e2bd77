import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import { OwnProfileDocument, UpdateProfileDocument, type UpdateProfileInput } from '../../gql/graphql.ts'
import { type Problem, problemOf, problemOfCode, unreachable } from '../../lib/problem.ts'
import { send } from '../../lib/send.ts'
import type { Profile } from './model.ts'

/** The loading state of the viewer's profile. */
type ProfileState =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'failed'; problem: Problem }>
  | Readonly<{ name: 'ready'; profile: Profile }>

/** The viewer's profile, and a function to change it, which returns the problem or null. */
export type OwnProfile = Readonly<{
  state: Accessor<ProfileState>
  load: () => Promise<void>
  save: (changes: UpdateProfileInput) => Promise<Problem | null>
}>

/** Loads the viewer's profile. `onSaved` is called after each change. */
export function createOwnProfile(onSaved: (profile: Profile) => void): OwnProfile {
  const client = useClient()
  const [state, setState] = createSignal<ProfileState>({ name: 'loading' })
  const load = async () => {
    setState({ name: 'loading' })
    const { data, error } = await client.query(OwnProfileDocument, {}).toPromise()
    if (data?.viewer) return void setState({ name: 'ready', profile: data.viewer })
    const problem = data ? problemOfCode('UNAUTHENTICATED') : unreachable
    setState({ name: 'failed', problem: error ? problemOf(error) : problem })
  }
  void load()
  const save = async (input: UpdateProfileInput) => {
    const sent = await send(client, UpdateProfileDocument, { input })
    if ('problem' in sent) return sent.problem
    const profile = sent.answer.updateProfile.viewer
    setState({ name: 'ready', profile })
    onSaved(profile)
    return null
  }
  return { state, load, save }
}
