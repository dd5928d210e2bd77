import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { SECRET_BYTES, secretOf, signedHeaders } from './signature.model.ts'

const body = JSON.stringify({ type: 'booking.created', data: { title: 'Gebet für Jörg – 祷り' } })

describe('a signed message', () => {
  const secret = secretOf(randomBytes(SECRET_BYTES))
  const older = secretOf(randomBytes(SECRET_BYTES))
  const message = { webhookId: 'msg_1', sentAt: new Date(), body }

  it('is verified by the Standard Webhooks library, and not with another secret, body or ID', () => {
    const headers = signedHeaders({ url: '', secret, previous: null }, message)
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(older).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow()
  })

  it('is verified with either secret during a rotation, and then with the new one only', () => {
    const until = new Date(message.sentAt.getTime() + 1_000)
    const target = { url: '', secret, previous: { secret: older, until: until.toISOString() } }
    const during = signedHeaders(target, message)
    const after = signedHeaders(target, { ...message, sentAt: until })
    for (const each of [secret, older]) expect(() => new Webhook(each).verify(body, during)).not.toThrow()
    expect(() => new Webhook(secret).verify(body, after)).not.toThrow()
    expect(() => new Webhook(older).verify(body, after)).toThrow()
  })

  it('matches the specification’s own example', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme".
    const target = { url: '', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', previous: null }
    const sentAt = new Date(1_614_265_330_000)
    expect(
      signedHeaders(target, { webhookId: 'msg_p5jXN8AQM9LWM0D4loKWxJek', sentAt, body: '{"test": 2432232314}' }),
    ).toMatchObject({ 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' })
  })
})
