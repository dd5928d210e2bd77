import { useClient } from '@urql/solid'
import { type Accessor, createSignal } from 'solid-js'
import {
  ChangePolicyDocument,
  CreatePolicyDocument,
  type CreateSchedulingPolicyInput,
  DeletePolicyDocument,
  OwnPolicyDocument,
} from '../../gql/graphql.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import { problemIn, send } from '../../lib/send.ts'
import type { Policy } from './model.ts'

/** The loading state of the viewer's policy; `policy` is null if none is active. */
type PolicyState =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'failed'; problem: Problem }>
  | Readonly<{ name: 'ready'; policy: Policy | null }>

/** The viewer's active policy, and functions to change it; each returns the problem or null. */
export type OwnPolicy = Readonly<{
  state: Accessor<PolicyState>
  load: () => Promise<void>
  save: (input: CreateSchedulingPolicyInput) => Promise<Problem | null>
  remove: () => Promise<Problem | null>
}>

/** Loads the viewer's policy. */
export function createOwnPolicy(): OwnPolicy {
  const client = useClient()
  const [state, setState] = createSignal<PolicyState>({ name: 'loading' })
  const load = async () => {
    setState({ name: 'loading' })
    const { data, error } = await client.query(OwnPolicyDocument, {}).toPromise()
    if (data) setState({ name: 'ready', policy: data.schedulingPolicies.nodes[0] ?? null })
    else setState({ name: 'failed', problem: error ? problemOf(error) : unreachable })
  }
  void load()

  const current = () => {
    const now = state()
    return now.name === 'ready' ? now.policy : null
  }
  const show = (policy: Policy | null) => {
    setState({ name: 'ready', policy })
    return null
  }

  return {
    state,
    load,
    save: async (input) => {
      const policy = current()
      if (policy === null) {
        const sent = await send(client, CreatePolicyDocument, { input })
        return 'problem' in sent ? sent.problem : show(sent.answer.createSchedulingPolicy.schedulingPolicy)
      }
      const sent = await send(client, ChangePolicyDocument, { input: { ...input, id: policy.id } })
      return 'problem' in sent ? sent.problem : show(sent.answer.changeSchedulingPolicy.schedulingPolicy)
    },
    remove: async () => {
      const policy = current()
      if (policy === null) return null
      const problem = problemIn(await send(client, DeletePolicyDocument, { id: policy.id }))
      return problem ?? show(null)
    },
  }
}
