import { describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import type { Person } from '../support/running-church.ts'
import {
  canary,
  change,
  church,
  codesOf,
  create,
  endpointOf,
  globalId,
  logged,
  mutate,
  read,
  receiver,
  tokenOf,
  untilState,
  useWebhookChurch,
} from './endpoint-requests.ts'

useWebhookChurch()

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
    ['is not GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['selects an unknown field', 'subscription { bookingChanged { weather } }', 'GRAPHQL_VALIDATION_FAILED'],
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
    ['starts after a cursor', 'subscription { bookingChanged(after: "x") { kind } }', 'BAD_USER_INPUT'],
    ['selects the cursor', 'subscription { bookingChanged { cursor } }', 'BAD_USER_INPUT'],
    [
      'needs a scope that the endpoint lacks',
      'subscription { bookingChanged { booking { formResponses { totalCount } } } }',
      'FORBIDDEN',
    ],
    ['selects encrypted content', 'subscription { bookingChanged { booking { intake { notes } } } }', 'FORBIDDEN'],
    [
      'exceeds the cost limit',
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
