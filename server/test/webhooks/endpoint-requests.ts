import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import { createLog } from '../../src/platform/logging/log.ts'
import { type Receiver, startReceiver } from '../fakes/receiver.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

const document = `subscription {
  bookingChanged { kind booking { id title status attendees { name } owner { name } isRedacted } }
}`

export const canary = 'canary-receiver-key'

export let church: RunningChurch
export let logged = ''
const receivers: Receiver[] = []

/** Starts a church with workers for the tests of this file. Deletes the endpoints and receivers after each test. */
export function useWebhookChurch(): void {
  // Real workers, real receivers, and a first retry after five seconds: on a slow machine that adds up.
  vi.setConfig({ testTimeout: 90_000 })
  beforeAll(async () => {
    const write = (line: string) => {
      logged += line
    }
    const log = createLog({ level: 'trace', to: { write } })
    church = await startChurch({ variables: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' }, log })
  })
  afterEach(async () => {
    await church.deps.database.webhookEndpoint.deleteMany()
    for (const receiver of receivers.splice(0)) await receiver.close()
  })
  afterAll(() => church.close())
}

export const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')

export async function receiver(): Promise<Receiver> {
  const started = await startReceiver()
  receivers.push(started)
  return started
}

type Created = { createWebhookEndpoint: { secret: string; endpoint: { id: string } } }

export async function create(person: Pick<Person, 'cookie'> | null, overrides: Record<string, unknown>, headers = {}) {
  return church.ask<Created>(
    person,
    `mutation($input: CreateWebhookEndpointInput!) {
      createWebhookEndpoint(input: $input) { secret endpoint { id address state } }
    }`,
    { input: { name: 'Church wall', document, scopes: ['bookings:read', 'users:read'], ...overrides } },
    headers,
  )
}

/** A person's endpoint with its own receiver. */
export async function endpointOf(person: Person, overrides: Record<string, unknown> = {}) {
  const at = await receiver()
  const { data, errors } = await create(person, { url: at.url, ...overrides })
  expect(errors).toBeUndefined()
  const { secret, endpoint } = data?.createWebhookEndpoint ?? { secret: '', endpoint: { id: '' } }
  at.trust(secret)
  return { at, secret, id: endpoint.id }
}

export async function tokenOf(person: Person, scopes: readonly string[]): Promise<Record<string, string>> {
  const { data } = await church.ask<{ createApiToken: { token: string } }>(
    person,
    'mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }',
    { input: { name: 'A script', scopes } },
  )
  return { authorization: `Bearer ${data?.createApiToken.token}` }
}

type Message = {
  id: string
  type: string
  status: string
  attemptCount: number
  booking: { id: string } | null
  attempts: { number: number; statusCode: number | null; errorCode: string | null }[]
}
type Endpoint = {
  state: string
  isActive: boolean
  disabledReason: string | null
  documentProblems: { code: string }[]
  messages: { totalCount: number; nodes: Message[] }
}

export async function read(person: Pick<Person, 'cookie'> | null, id: string, filter: object = {}, headers = {}) {
  const answer = await church.ask<{ node: Endpoint }>(
    person,
    `query($id: ID!, $filter: WebhookMessageFilter) { node(id: $id) { ... on WebhookEndpoint {
      id name address document scopes state isActive disabledReason documentProblems { code message line missingScope }
      owner { name } failingSince lastDeliveredAt previousSecretUntil isOwn
      messages(filter: $filter) { totalCount nodes {
        id webhookId type status attemptCount happenedAt nextAttemptAt booking { id }
        attempts { number statusCode errorCode durationMs startedAt } } }
    } } }`,
    { id, filter },
    headers,
  )
  return { ...answer, endpoint: answer.data?.node }
}

export const change = async (person: Person, bookingId: string, kind = 'updated'): Promise<void> => {
  await church.deps.database
    .$queryRaw`SELECT append_booking_change(${person.userId}::uuid, ${bookingId}::uuid, ${kind})`
}

export const mutate = (name: string) =>
  `mutation($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`

export const codesOf = (answer: { errors?: readonly { extensions: Record<string, unknown> }[] | undefined }) =>
  answer.errors?.map(({ extensions }) => extensions.code)

export const untilState = (person: Person, id: string, claim: (endpoint: Endpoint | undefined) => void) =>
  vi.waitFor(async () => claim((await read(person, id)).endpoint), { timeout: 40_000, interval: 50 })
