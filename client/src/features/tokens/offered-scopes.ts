import { useClient } from '@urql/solid'
import { type Accessor, createSignal, onCleanup } from 'solid-js'
import { ApiTokenScopesDocument } from '../../gql/graphql.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import type { OfferedScope } from './model.ts'

/** The scopes the viewer can grant. Null until loaded. */
export type OfferedScopes = Readonly<{
  scopes: Accessor<readonly OfferedScope[] | null>
  problem: Accessor<Problem | null>
  load: () => Promise<void>
}>

export function createOfferedScopes(): OfferedScopes {
  const client = useClient()
  const [scopes, setScopes] = createSignal<readonly OfferedScope[] | null>(null)
  const [problem, setProblem] = createSignal<Problem | null>(null)
  let isOpen = true
  onCleanup(() => {
    isOpen = false
  })
  const load = async () => {
    setProblem(null)
    const { data, error } = await client.query(ApiTokenScopesDocument, {}).toPromise()
    if (!isOpen) return
    if (data) setScopes(data.apiTokenScopes.filter(({ mayGive }) => mayGive))
    else setProblem(error ? problemOf(error) : unreachable)
  }
  void load()
  return { scopes, problem, load }
}
