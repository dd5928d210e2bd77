import { describe, expect, it } from 'vitest'
import { addBooking } from '../support/parish.ts'
import type { Person } from '../support/running-church.ts'
import {
  change,
  church,
  endpointOf,
  globalId,
  mutate,
  read,
  receiver,
  untilState,
  useWebhookChurch,
} from './endpoint-requests.ts'

useWebhookChurch()

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
