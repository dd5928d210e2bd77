import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLog } from '../../src/platform/logging/log.ts'
import { type Receiver, startReceiver } from '../fakes/receiver.ts'
import { addBooking } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch } from '../support/running-church.ts'

const document = `subscription {
  bookingChanged { kind booking { id title status attendees { name } owner { name } isRedacted } }
}`

// Real workers, real receivers, and a first retry after five seconds: on a slow machine that adds up.
vi.setConfig({ testTimeout: 90_000 })

const canary = 'canary-receiver-key'

let church: RunningChurch
let logged = ''
const receivers: Receiver[] = []

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

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')

async function receiver(): Promise<Receiver> {
  const started = await startReceiver()
  receivers.push(started)
  return started
}

type Created = { createWebhookEndpoint: { secret: string; endpoint: { id: string } } }

async function create(person: Pick<Person, 'cookie'> | null, overrides: Record<string, unknown>, headers = {}) {
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
async function endpointOf(person: Person, overrides: Record<string, unknown> = {}) {
  const at = await receiver()
  const { data, errors } = await create(person, { url: at.url, ...overrides })
  expect(errors).toBeUndefined()
  const { secret, endpoint } = data?.createWebhookEndpoint ?? { secret: '', endpoint: { id: '' } }
  at.trust(secret)
  return { at, secret, id: endpoint.id }
}

async function tokenOf(person: Person, scopes: readonly string[]): Promise<Record<string, string>> {
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

async function read(person: Pick<Person, 'cookie'> | null, id: string, filter: object = {}, headers = {}) {
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

const change = async (person: Person, bookingId: string, kind = 'updated'): Promise<void> => {
  await church.deps.database
    .$queryRaw`SELECT append_booking_change(${person.userId}::uuid, ${bookingId}::uuid, ${kind})`
}

const mutate = (name: string) =>
  `mutation($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`

const codesOf = (answer: { errors?: readonly { extensions: Record<string, unknown> }[] | undefined }) =>
  answer.errors?.map(({ extensions }) => extensions.code)

const untilState = (person: Person, id: string, claim: (endpoint: Endpoint | undefined) => void) =>
  vi.waitFor(async () => claim((await read(person, id)).endpoint), { timeout: 40_000, interval: 50 })

describe('a change of a booking', () => {
  it('is sent to the owner’s endpoint, signed, in the shape of its document, redacted as for a token', async () => {
    const { pastor } = church
    const { at, id } = await endpointOf(pastor)
    const bookingId = await addBooking(church.deps, pastor)
    await change(pastor, bookingId, 'created')
    const [message] = await at.until(1)
    expect(message).toMatchObject({ isSigned: true, id: expect.stringMatching(/^msg_/) })
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' })
    const booking = {
      id: globalId('Booking', bookingId),
      title: 'Pastoral Care',
      status: 'CONFIRMED',
      attendees: null,
      owner: { name: 'Pastor Paul' },
      isRedacted: true,
    }
    expect(message?.body).toEqual({
      type: 'booking.created',
      timestamp: expect.stringMatching(/Z$/),
      data: { bookingChanged: { kind: 'CREATED', booking } },
    })
    await untilState(pastor, id, (endpoint) =>
      expect(endpoint).toMatchObject({
        state: 'WORKING',
        messages: {
          totalCount: 1,
          nodes: [
            {
              type: 'booking.created',
              status: 'DELIVERED',
              webhookId: message?.id,
              attemptCount: 1,
              booking: { id: booking.id },
              attempts: [{ number: 1, statusCode: 204, errorCode: null }],
            },
          ],
        },
      }),
    )
  })

  it('is sent to an admin’s endpoint, whoever owns the booking, and never to another pastor’s', async () => {
    const { pastor, otherPastor, admin } = church
    const [all, others] = [await endpointOf(admin), await endpointOf(otherPastor)]
    await change(pastor, await addBooking(church.deps, pastor), 'created')
    const own = await addBooking(church.deps, otherPastor)
    await change(otherPastor, own, 'cancelled')
    await all.at.until(2)
    const [message] = await others.at.until(1)
    expect(all.at.received.map(({ body }) => body.type).sort()).toEqual(['booking.cancelled', 'booking.created'])
    expect(message?.body.data).toMatchObject({ bookingChanged: { booking: { id: globalId('Booking', own) } } })
    expect(others.at.received).toHaveLength(1)
  })

  it('is sent only if it matches the document’s arguments; a removal is always sent', async () => {
    const { pastor } = church
    const document = `subscription { bookingChanged(kinds: [CREATED, CANCELLED, REMOVED], where: { status: [CANCELLED] }) { kind bookingId } }`
    const { at, id } = await endpointOf(pastor, { document })
    const [confirmed, cancelled] = [
      await addBooking(church.deps, pastor),
      await addBooking(church.deps, pastor, { columns: { status: 'cancelled' } }),
    ]
    await change(pastor, confirmed, 'created')
    await change(pastor, cancelled, 'updated')
    await change(pastor, cancelled, 'cancelled')
    await change(pastor, confirmed, 'removed')
    await at.until(2)
    await untilState(pastor, id, (endpoint) =>
      expect(endpoint?.messages.nodes.map(({ status }) => status)).toEqual([
        'DELIVERED',
        'DELIVERED',
        'FILTERED',
        'FILTERED',
      ]),
    )
    expect(at.received.map(({ body }) => body.type).sort()).toEqual(['booking.cancelled', 'booking.removed'])
    const { endpoint } = await read(pastor, id, { status: ['FILTERED'], type: ['booking.created'] })
    expect(endpoint?.messages.totalCount).toBe(1)
  })

  it('from before the endpoint was created, or while it was inactive, is not sent', async () => {
    const { pastor } = church
    const bookingId = await addBooking(church.deps, pastor)
    await change(pastor, bookingId, 'created')
    const { at, id } = await endpointOf(pastor)
    const active = (isActive: boolean) =>
      church.ask(pastor, mutate('setWebhookEndpointActive'), { input: { id, isActive } })
    expect((await active(false)).errors).toBeUndefined()
    await change(pastor, bookingId, 'updated')
    await active(true)
    await change(pastor, bookingId, 'cancelled')
    const [message] = await at.until(1)
    expect(message?.body.type).toBe('booking.cancelled')
    expect((await read(pastor, id)).endpoint?.messages.totalCount).toBe(1)
  })

  it('is retried when the receiver rejects it, and the delivery log shows the status', async () => {
    const { pastor } = church
    const { at, id } = await endpointOf(pastor)
    at.answer((_message, response) => response.writeHead(at.received.length === 1 ? 500 : 200).end('nobody reads this'))
    await change(pastor, await addBooking(church.deps, pastor))
    const [first, second] = await at.until(2)
    expect(second?.id).toBe(first?.id)
    expect([first?.isSigned, second?.isSigned]).toEqual([true, true])
    await untilState(pastor, id, (endpoint) =>
      expect(endpoint?.messages.nodes[0]).toMatchObject({
        status: 'DELIVERED',
        attempts: [
          { number: 1, statusCode: 500, errorCode: 'REFUSED' },
          { number: 2, statusCode: 200, errorCode: null },
        ],
      }),
    )
  })

  it('is not sent to the target of a redirect', async () => {
    const { pastor } = church
    const [{ at, id }, internal] = [await endpointOf(pastor), await receiver()]
    at.answer((_message, response) => response.writeHead(307, { location: internal.url }).end())
    await change(pastor, await addBooking(church.deps, pastor))
    await untilState(pastor, id, (endpoint) =>
      expect(endpoint?.messages.nodes[0]?.attempts[0]).toMatchObject({ statusCode: 307, errorCode: 'REDIRECTED' }),
    )
    expect(internal.received).toEqual([])
    expect((await read(pastor, id)).endpoint?.state).toBe('FAILING')
  })

  it('deactivates an endpoint whose receiver responds that it is gone', async () => {
    const { pastor } = church
    const { at, id } = await endpointOf(pastor)
    at.answer((_message, response) => response.writeHead(410).end())
    await change(pastor, await addBooking(church.deps, pastor))
    await untilState(pastor, id, (endpoint) =>
      expect(endpoint).toMatchObject({ state: 'OFF', isActive: false, disabledReason: 'GONE' }),
    )
    expect((await read(pastor, id)).endpoint?.messages.nodes[0]?.status).toBe('FAILED')
  })
})

describe('a webhook endpoint', () => {
  it('returns its secret once, and never again the secret or its URL’s path and query', async () => {
    const { pastor } = church
    const { at, secret, id } = await endpointOf(pastor)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    await change(pastor, await addBooking(church.deps, pastor))
    await at.until(1)
    const { text, endpoint } = await read(pastor, id)
    expect(endpoint).toMatchObject({ address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/…$/) })
    const rows = await church.deps.database.$queryRaw`
      SELECT (SELECT json_agg(e) FROM webhook_endpoints e)::text AS endpoints,
        (SELECT json_agg(m) FROM webhook_messages m)::text AS messages,
        (SELECT json_agg(t) FROM webhook_attempts t)::text AS attempts,
        (SELECT json_agg(a) FROM audit_logs a)::text AS audit,
        (SELECT json_agg(j) FROM pgboss.job j)::text AS jobs`
    const all = `${text}${JSON.stringify(rows)}${logged}`
    expect(all).toContain('booking.updated')
    expect([all.includes(canary), all.includes(secret.slice(6))]).toEqual([false, false])
  })

  it.each([
    ['is no GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['asks for what there is not', 'subscription { bookingChanged { weather } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['is a query', '{ bookings { totalCount } }', 'BAD_USER_INPUT'],
    [
      'has two operations',
      'subscription A { bookingCh: bookingChanged { kind } } query B { viewer { id } }',
      'BAD_USER_INPUT',
    ],
    [
      'has variables',
      'subscription($k: [BookingChangeKind!]) { bookingChanged(kinds: $k) { kind } }',
      'BAD_USER_INPUT',
    ],
    ['goes on after a cursor', 'subscription { bookingChanged(after: "x") { kind } }', 'BAD_USER_INPUT'],
    ['asks for a cursor', 'subscription { bookingChanged { cursor } }', 'BAD_USER_INPUT'],
    [
      'needs a scope it has not',
      'subscription { bookingChanged { booking { formResponses { totalCount } } } }',
      'FORBIDDEN',
    ],
    ['asks for what is sealed', 'subscription { bookingChanged { booking { intake { notes } } } }', 'FORBIDDEN'],
    [
      'asks for too much',
      `subscription { bookingChanged { ${Array.from({ length: 200 }, (_, at) => `k${at}: kind`).join(' ')} } }`,
      'QUERY_TOO_COMPLEX',
    ],
  ])('is rejected if its document %s', async (_what, refused, code) => {
    const answer = await create(church.pastor, { url: 'https://hooks.example.org/', document: refused })
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT'])
    expect(answer.errors?.[0]?.extensions).toMatchObject({ field: 'document', problems: [{ code }] })
  })

  it('names the scope its document lacks, and the field that needs it', async () => {
    const withoutScope = 'subscription {\n  bookingChanged {\n    booking { owner { name } }\n  }\n}'
    const answer = await create(church.pastor, {
      url: 'https://hooks.example.org/',
      document: withoutScope,
      scopes: ['bookings:read'],
    })
    expect(answer.errors?.[0]?.extensions.problems).toEqual([
      {
        code: 'FORBIDDEN',
        message: '`Booking.owner` requires the scope users:read.',
        line: 3,
        column: 15,
        missingScope: ['users:read'],
      },
    ])
  })

  it.each([
    'ftp://hooks.example.org/',
    'https://user:secret@hooks.example.org/',
    'https://192.168.1.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'not a url',
  ])('is rejected at %s, which the error doesn’t repeat', async (url) => {
    const answer = await create(church.pastor, { url })
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'url' })
    expect(answer.text).not.toContain('secret@')
  })

  it('is read-only: a write scope is rejected', async () => {
    const answer = await create(church.pastor, { url: 'https://hooks.example.org/', scopes: ['bookings:write'] })
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'scopes' })
  })

  it('does not exist for another pastor; an admin may only deactivate and delete it', async () => {
    const { pastor, otherPastor, admin } = church
    const { id } = await endpointOf(pastor)
    const verbs: [string, object][] = [
      ['changeWebhookEndpoint', { id, url: 'https://elsewhere.example.org/' }],
      ['rotateWebhookSecret', { id }],
      ['testWebhookEndpoint', { id }],
      ['setWebhookEndpointActive', { id, isActive: false }],
      ['deleteWebhookEndpoint', { id }],
    ]
    const outcomes = async (person: Person) => {
      const codes: unknown[] = [(await read(person, id)).errors?.[0]?.extensions.code ?? 'found']
      for (const [name, input] of verbs)
        codes.push(codesOf(await church.ask(person, mutate(name), { input }))?.[0] ?? 'done')
      return codes
    }
    expect(await outcomes(otherPastor)).toEqual(Array.from({ length: 6 }, () => 'NOT_FOUND'))
    expect(await outcomes(admin)).toEqual(['found', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'done', 'done'])
    const list = '{ webhookEndpoints { totalCount } }'
    expect((await church.ask(pastor, list)).data).toEqual({ webhookEndpoints: { totalCount: 0 } })
  })

  it('signs with two secrets for a day after a rotation, and returns the new one once', async () => {
    const { pastor } = church
    const { at, secret, id } = await endpointOf(pastor)
    const { data } = await church.ask<{ rotateWebhookSecret: { secret: string } }>(
      pastor,
      'mutation($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret endpoint { previousSecretUntil } } }',
      { id },
    )
    const next = data?.rotateWebhookSecret.secret ?? ''
    expect(next).not.toBe(secret)
    const bookingId = await addBooking(church.deps, pastor)
    for (const [index, trusted] of [secret, next].entries()) {
      at.trust(trusted)
      await change(pastor, bookingId)
      expect((await at.until(index + 1)).at(-1)?.isSigned).toBe(true)
    }
    expect(at.received[0]?.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/)
  })

  it('can be tested with a ping', async () => {
    const { at, id } = await endpointOf(church.pastor)
    await church.ask(church.pastor, mutate('testWebhookEndpoint'), { input: { id } })
    const [message] = await at.until(1)
    expect(message).toMatchObject({ isSigned: true, body: { type: 'ping', data: { endpointId: id } } })
  })

  it('gets a message again on request, under the same ID, with the booking’s current state', async () => {
    const { pastor } = church
    const { at, id } = await endpointOf(pastor)
    const bookingId = await addBooking(church.deps, pastor)
    await change(pastor, bookingId)
    await at.until(1)
    await untilState(pastor, id, (endpoint) => expect(endpoint?.messages.nodes[0]?.status).toBe('DELIVERED'))
    const message = (await read(pastor, id)).endpoint?.messages.nodes[0]
    await church.deps.database.booking.update({ where: { id: bookingId }, data: { status: 'completed' } })
    expect(
      codesOf(await church.ask(church.otherPastor, mutate('redeliverWebhook'), { input: { id: message?.id } })),
    ).toEqual(['NOT_FOUND'])
    expect(
      (await church.ask(pastor, mutate('redeliverWebhook'), { input: { id: message?.id } })).errors,
    ).toBeUndefined()
    const [first, second] = await at.until(2)
    expect(second?.id).toBe(first?.id)
    expect(second?.body.timestamp).toBe(first?.body.timestamp)
    expect(second?.body.data).toMatchObject({ bookingChanged: { booking: { status: 'COMPLETED' } } })
    await untilState(pastor, id, (endpoint) => expect(endpoint?.messages.nodes[0]?.attemptCount).toBe(2))
  })

  it('with a document that no longer fits the schema is shown as broken, and delays no other', async () => {
    const { pastor } = church
    const [broken, working] = [await endpointOf(pastor), await endpointOf(pastor)]
    const uuid = Buffer.from(broken.id, 'base64').toString().split(':')[1] ?? ''
    const removedField = 'subscription { bookingChanged { fieldOfAnOlderRelease } }'
    await church.deps.database.webhookEndpoint.update({ where: { id: uuid }, data: { document: removedField } })
    await change(pastor, await addBooking(church.deps, pastor))
    await working.at.until(1)
    await untilState(pastor, broken.id, (endpoint) => {
      expect(endpoint).toMatchObject({ state: 'BROKEN', documentProblems: [{ code: 'GRAPHQL_VALIDATION_FAILED' }] })
      expect(endpoint?.messages.nodes[0]?.attempts[0]).toMatchObject({
        statusCode: null,
        errorCode: 'DOCUMENT_INVALID',
      })
    })
    expect(broken.at.received).toEqual([])
  })

  // Fails without the checks that its owner is active, in fan-out-changes.ts and send-webhook.ts.
  it('of a deactivated user sends nothing, is deactivated, and stays so when the user is reactivated', async () => {
    const { admin } = church
    const deactivated = await church.addPerson('pastor', 'Pastor Silas', 21)
    const { at, id } = await endpointOf(deactivated)
    const otherEndpoint = await endpointOf(admin)
    await church.ask(admin, mutate('deactivateUser'), { input: { id: globalId('User', deactivated.userId) } })
    await change(deactivated, await addBooking(church.deps, deactivated))
    await untilState(admin, id, (endpoint) =>
      expect(endpoint).toMatchObject({
        isActive: false,
        disabledReason: 'OWNER_INACTIVE',
        messages: { totalCount: 0 },
      }),
    )
    await church.ask(admin, mutate('reactivateUser'), { input: { id: globalId('User', deactivated.userId) } })
    await change(deactivated, await addBooking(church.deps, deactivated))
    await otherEndpoint.at.until(2)
    expect((await read(admin, id)).endpoint).toMatchObject({ isActive: false, messages: { totalCount: 0 } })
    expect(at.received).toEqual([])
  })

  it('whose row was moved to an admin sends nothing: its target is encrypted for its owner', async () => {
    const { pastor, admin } = church
    const { at, id } = await endpointOf(pastor)
    const uuid = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
    await church.deps.database.webhookEndpoint.update({ where: { id: uuid }, data: { userId: admin.userId } })
    await church.ask(admin, mutate('testWebhookEndpoint'), { input: { id } })
    await untilState(admin, id, (endpoint) =>
      expect(endpoint?.messages.nodes[0]?.attempts[0]).toMatchObject({ statusCode: null, errorCode: 'UNREADABLE' }),
    )
    expect(at.received).toEqual([])
    expect(await church.deps.database.auditLog.count({ where: { action: 'vault.unreadable', resourceId: uuid } })).toBe(
      1,
    )
  })

  it('is logged from creation to deletion', async () => {
    const { pastor } = church
    const { id } = await endpointOf(pastor)
    const uuid = Buffer.from(id, 'base64').toString().split(':')[1] ?? ''
    await church.ask(pastor, mutate('changeWebhookEndpoint'), { input: { id, name: 'Another name' } })
    await church.ask(pastor, mutate('rotateWebhookSecret'), { input: { id } })
    await church.ask(pastor, mutate('setWebhookEndpointActive'), { input: { id, isActive: false } })
    await church.ask(pastor, mutate('deleteWebhookEndpoint'), { input: { id } })
    const entries = await church.deps.database.auditLog.findMany({
      where: { resourceId: uuid },
      orderBy: { createdAt: 'asc' },
    })
    expect(entries.map(({ action, userId, metadata }) => ({ action, userId, metadata }))).toEqual([
      { action: 'endpoint.created', userId: pastor.userId, metadata: { scopes: ['bookings:read', 'users:read'] } },
      {
        action: 'endpoint.changed',
        userId: pastor.userId,
        metadata: { changed: ['name'], scopes: ['bookings:read', 'users:read'] },
      },
      { action: 'endpoint.secret_rotated', userId: pastor.userId, metadata: null },
      { action: 'endpoint.disabled', userId: pastor.userId, metadata: { reason: 'requested' } },
      { action: 'endpoint.deleted', userId: pastor.userId, metadata: null },
    ])
  })

  it('is one of at most twenty', async () => {
    const url = 'https://hooks.example.org/'
    const answers = await Promise.all(Array.from({ length: 22 }, () => create(church.otherPastor, { url })))
    expect(answers.filter(({ errors }) => errors === undefined)).toHaveLength(20)
    expect(answers.flatMap((answer) => codesOf(answer) ?? [])).toEqual(['CONFLICT', 'CONFLICT'])
  })
})

describe('a token', () => {
  it('can’t create an endpoint, which would outlive it, whatever its scopes', async () => {
    const headers = await tokenOf(church.pastor, ['webhooks:read', 'webhooks:write', 'bookings:read', 'users:read'])
    const at = await receiver()
    const created = await create(null, { url: at.url }, headers)
    expect(created.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    expect(await church.deps.database.webhookEndpoint.count()).toBe(0)
  })

  it('can change an endpoint within its own scopes, but not its URL', async () => {
    const { id } = await endpointOf(church.pastor, { scopes: ['bookings:read', 'users:read'] })
    const headers = await tokenOf(church.pastor, ['webhooks:read', 'webhooks:write', 'bookings:read', 'users:read'])
    const change = (input: object) =>
      church.ask(null, mutate('changeWebhookEndpoint'), { input: { id, ...input } }, headers)
    expect((await change({ name: 'Renamed' })).errors).toBeUndefined()
    const moved = await change({ url: 'https://elsewhere.example.org/' })
    expect(moved.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
  })

  it('can’t redirect an endpoint with wider scopes or obtain its new secret', async () => {
    const { pastor } = church
    const { id } = await endpointOf(pastor)
    const headers = await tokenOf(pastor, ['webhooks:read', 'webhooks:write', 'bookings:read'])
    const input = { id, url: 'https://elsewhere.example.org/' }
    const answers = [
      await church.ask(null, mutate('changeWebhookEndpoint'), { input }, headers),
      await church.ask(null, mutate('rotateWebhookSecret'), { input: { id } }, headers),
    ]
    for (const answer of answers) {
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScope: ['users:read'] })
    }
    expect((await read(null, id, {}, headers)).errors?.[0]?.extensions.missingScope).toEqual(['users:read'])
  })

  it('without the scope can’t see or create endpoints', async () => {
    const headers = await tokenOf(church.pastor, ['bookings:read'])
    const created = await create(null, { url: 'https://hooks.example.org/' }, headers)
    expect(created.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScope: ['webhooks:write'] })
    const listed = await church.ask(null, '{ webhookEndpoints { totalCount } }', {}, headers)
    expect(listed.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScope: ['webhooks:read'] })
  })
})

describe('the preview of a document', () => {
  const preview = (person: Person, input: object) =>
    church.ask<{
      webhookPreview: { problems: { code: string }[]; body: Record<string, unknown> | null; changesLookedAt: number }
    }>(
      person,
      'query($input: WebhookPreviewInput!) { webhookPreview(input: $input) { problems { code } body changesLookedAt } }',
      { input: { scopes: ['bookings:read'], ...input } },
    )

  it('shows what would be sent for the latest change that matches, and sends nothing', async () => {
    const reader = await church.addPerson('pastor', 'Pastor Titus', 22)
    expect(
      (await preview(reader, { document: 'subscription { bookingChanged { kind } }' })).data?.webhookPreview,
    ).toEqual({
      problems: [],
      body: null,
      changesLookedAt: 0,
    })
    const bookingId = await addBooking(church.deps, reader)
    await change(reader, bookingId, 'created')
    await change(reader, bookingId, 'updated')
    const { data } = await preview(reader, {
      document: 'subscription { bookingChanged(kinds: [CREATED]) { booking { title } } }',
    })
    expect(data?.webhookPreview).toMatchObject({
      problems: [],
      changesLookedAt: 2,
      body: { type: 'booking.created', data: { bookingChanged: { booking: { title: 'Pastoral Care' } } } },
    })
  })

  it('returns the document’s errors instead', async () => {
    const { data } = await preview(church.pastor, { document: 'subscription { nothing }' })
    expect(data?.webhookPreview).toMatchObject({ problems: [{ code: 'GRAPHQL_VALIDATION_FAILED' }], body: null })
  })
})
