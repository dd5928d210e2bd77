import type { AnyVariables, Client, TypedDocumentNode } from '@urql/core'
import { type Problem, problemOf, unreachable } from './problem.ts'

/** What came of a deed: its answer, or what was wrong. */
export type Sent<Answer> = Readonly<{ answer: Answer } | { problem: Problem }>

/** Sends a mutation once. A deed is never tried again by itself: nobody could say whether the first one was done. */
export async function send<Answer, Variables extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<Answer, Variables>,
  variables: Variables,
): Promise<Sent<Answer>> {
  const { data, error } = await client.mutation(document, variables).toPromise()
  if (error) return { problem: problemOf(error) }
  return data ? { answer: data } : { problem: unreachable }
}

/** What was wrong with a deed whose answer says nothing more; null when it was done. */
export function problemIn(sent: Sent<unknown>): Problem | null {
  return 'problem' in sent ? sent.problem : null
}
