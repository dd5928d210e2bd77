import type { AnyVariables, Client, TypedDocumentNode } from '@urql/core'
import { type Problem, problemOf, unreachable } from './problem.ts'

/** The result of a mutation: its answer, or the problem. */
export type Sent<Answer> = Readonly<{ answer: Answer } | { problem: Problem }>

/** Sends a mutation once. Never retried automatically, because the first attempt may have succeeded. */
export async function send<Answer, Variables extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<Answer, Variables>,
  variables: Variables,
): Promise<Sent<Answer>> {
  const { data, error } = await client.mutation(document, variables).toPromise()
  if (error) return { problem: problemOf(error) }
  return data ? { answer: data } : { problem: unreachable }
}

/** The problem of a mutation without further results; null on success. */
export function problemIn(sent: Sent<unknown>): Problem | null {
  return 'problem' in sent ? sent.problem : null
}
