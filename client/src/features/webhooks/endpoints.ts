import { useClient } from '@urql/solid'
import {
  ChangeEndpointDocument,
  type ChangeWebhookEndpointInput,
  CreateEndpointDocument,
  type CreateWebhookEndpointInput,
  DeleteEndpointDocument,
  EndpointsDocument,
  RedeliverMessageDocument,
  RotateEndpointSecretDocument,
  SetEndpointActiveDocument,
  TestEndpointDocument,
} from '../../gql/graphql.ts'
import { createPages, type Pages } from '../../lib/pages.ts'
import { type Problem, problemOf, unreachable } from '../../lib/problem.ts'
import { problemIn, type Sent, send } from '../../lib/send.ts'
import { type DocumentProblem, documentProblemsIn, type Endpoint, type LoggedMessage } from './model.ts'

const pageSize = 50

/** An endpoint and its new secret, which is only returned this once. */
export type NewSecret = Readonly<{ endpoint: Endpoint; secret: string }>

/** A problem with the input, and the errors in its document. */
export type Refusal = Readonly<{ problem: Problem; documentProblems: readonly DocumentProblem[] }>

/** The endpoints visible to the viewer, and their actions. */
export type Endpoints = Pages<Endpoint> &
  Readonly<{
    create: (input: CreateWebhookEndpointInput) => Promise<Readonly<{ created: NewSecret } | { refusal: Refusal }>>
    change: (input: ChangeWebhookEndpointInput) => Promise<Readonly<{ endpoint: Endpoint } | { refusal: Refusal }>>
    setActive: (id: string, isActive: boolean) => Promise<Sent<Endpoint>>
    rotate: (id: string) => Promise<Sent<NewSecret>>
    remove: (id: string) => Promise<Problem | null>
    test: (id: string) => Promise<Problem | null>
    redeliver: (messageId: string) => Promise<Sent<LoggedMessage>>
  }>

/** The viewer's webhook endpoints; everybody's for an admin. */
export function createEndpoints(): Endpoints {
  const client = useClient()
  const pages = createPages(
    () => null,
    async (_filter, after) => {
      const { data, error } = await client.query(EndpointsDocument, { first: pageSize, after }).toPromise()
      return { ...(data && { page: data.webhookEndpoints }), ...(error && { error }) }
    },
  )
  const answered = <A, B>(sent: Sent<A>, read: (answer: A) => B): Sent<B> =>
    'answer' in sent ? { answer: read(sent.answer) } : sent

  return {
    ...pages,
    create: async (input) => {
      const { data, error } = await client.mutation(CreateEndpointDocument, { input }).toPromise()
      return data ? { created: data.createWebhookEndpoint } : { refusal: refusalIn(error) }
    },
    change: async (input) => {
      const { data, error } = await client.mutation(ChangeEndpointDocument, { input }).toPromise()
      return data ? { endpoint: data.changeWebhookEndpoint.endpoint } : { refusal: refusalIn(error) }
    },
    setActive: async (id, isActive) =>
      answered(
        await send(client, SetEndpointActiveDocument, { input: { id, isActive } }),
        ({ setWebhookEndpointActive }) => setWebhookEndpointActive.endpoint,
      ),
    rotate: async (id) =>
      answered(
        await send(client, RotateEndpointSecretDocument, { input: { id } }),
        ({ rotateWebhookSecret }) => rotateWebhookSecret,
      ),
    remove: async (id) => problemIn(await send(client, DeleteEndpointDocument, { input: { id } })),
    test: async (id) => problemIn(await send(client, TestEndpointDocument, { input: { id } })),
    redeliver: async (id) =>
      answered(
        await send(client, RedeliverMessageDocument, { input: { id } }),
        ({ redeliverWebhook }) => redeliverWebhook.message,
      ),
  }
}

type ClientError = Parameters<typeof problemOf>[0]

function refusalIn(error: ClientError | undefined): Refusal {
  if (error === undefined) return { problem: unreachable, documentProblems: [] }
  const problems = documentProblemsIn(error.graphQLErrors[0]?.extensions.problems)
  return { problem: problemOf(error), documentProblems: problems ?? [] }
}
