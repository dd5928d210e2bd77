import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sequenceKinds, webhooksOf } from '../../src/commands/simulate/event-sequences.ts'
import {
  bookingWebhook,
  cancellationWebhook,
  noShowWebhook,
  type SimulatedPastor,
} from '../../src/commands/simulate/payloads.ts'
import { setCalcomWebhookSecret } from '../../src/features/bookings/calcom/set-calcom-webhook-secret.ts'
import { bookingNumber, planNumber, sample, signatureOf, smallGroup, stateOf } from '../support/cal.ts'
import { asSuperuser } from '../support/database.ts'
import { testOrigin } from '../support/parish.ts'
import { type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'

let church: RunningChurch
let paul: SimulatedPastor
let lydia: SimulatedPastor
let nextNumber = 1_000

beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  paul = pastorOf(church.pastor, 1)
  lydia = pastorOf(church.otherPastor, 2)
})
afterAll(() => church.close())

function pastorOf({ username, email }: Person, id: number): SimulatedPastor {
  return { id, name: username, username, email, timeZone: 'Europe/Berlin' }
}

/** A booking that no other test uses. */
function newBooking(pastor = paul) {
  nextNumber += 10
  return bookingNumber(nextNumber, { pastor })
}

const created = (pastor = paul) => bookingWebhook('BOOKING_CREATED', new Date(), newBooking(pastor))

type Sent = Readonly<{ signature?: string | null; headers?: Record<string, string>; method?: string }>

async function send(webhook: unknown, { signature, headers = {}, method = 'POST' }: Sent = {}) {
  const body = typeof webhook === 'string' ? webhook : JSON.stringify(webhook)
  const sentSignature = signature === undefined ? signatureOf(webhookSecret, body) : signature
  const response = await fetch(`${church.url}/webhooks/calcom`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(sentSignature !== null && { 'x-cal-signature-256': sentSignature }),
      ...headers,
    },
    ...(method === 'POST' && { body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, answer: JSON.parse(text) }
}

const cancelled = { reason: 'Something came up.', requestReschedule: false }

async function statusOf(uid: string) {
  return (await church.deps.database.booking.findFirst({ where: { calBookingUid: uid } }))?.status
}

const deliveries = () => church.deps.database.webhookDelivery.count()

describe('a webhook signature', () => {
  const body = JSON.stringify(sample('PING.derived'))
  const validSignature = signatureOf(webhookSecret, body)

  test.each([
    ['missing', null],
    ['empty', ''],
    ['the value that Cal.com sends without a secret', 'no-secret-provided'],
    ['computed with an empty secret', signatureOf('', body)],
    ['computed with that value as the secret', signatureOf('no-secret-provided', body)],
    ['in upper case', validSignature.toUpperCase()],
    ['with a prefix', `sha256=${validSignature}`],
    ['one digit short', validSignature.slice(0, -1)],
    ['one digit wrong', validSignature.slice(0, -1) + (validSignature.endsWith('0') ? '1' : '0')],
    ['computed over another body', signatureOf(webhookSecret, `${body} `)],
    ['not hex', 'z'.repeat(64)],
    ['the secret itself', webhookSecret],
  ])('that is %s is rejected, and nothing is stored', async (_what, signature) => {
    const before = await deliveries()
    const { status, answer } = await send(body, { signature })
    expect([status, answer]).toEqual([401, { ok: false, error: 'BAD_SIGNATURE' }])
    expect(await deliveries()).toBe(before)
  })

  test('over the raw bytes is valid, whatever white space, escapes and names they contain', async () => {
    for (const text of [
      body,
      JSON.stringify(sample('PING.derived'), null, 2),
      '{"triggerEvent" :"PING","x":"\\u00e9 é"}\n',
    ]) {
      expect((await send(text)).answer).toEqual({ ok: true, outcome: 'ping' })
    }
  })
})

describe('a pastor’s own secret', () => {
  const own = 'the own secret of Pastor Paul'
  beforeAll(() => setCalcomWebhookSecret(church.deps, church.pastor.viewer, testOrigin, { secret: own }))
  const signedByPaul = (webhook: unknown) => send(webhook, { signature: signatureOf(own, JSON.stringify(webhook)) })

  test('is accepted for that pastor’s bookings', async () => {
    const booking = newBooking()
    const webhook = bookingWebhook('BOOKING_CREATED', new Date(), booking)
    expect((await signedByPaul(webhook)).answer).toEqual({ ok: true, outcome: 'received' })
    expect(await statusOf(booking.uid)).toBe('confirmed')
  })

  test('is rejected for a colleague’s bookings and for unknown organizers', async () => {
    expect((await signedByPaul(created(lydia))).status).toBe(401)
    const unknownUser = { ...lydia, id: 99, username: 'nobody', email: 'nobody@church.example' }
    expect((await signedByPaul(created(unknownUser))).status).toBe(401)
  })

  test('is accepted for a no-show on own bookings only', async () => {
    const [mine, theirs] = [newBooking(), newBooking(lydia)]
    for (const booking of [mine, theirs]) await send(bookingWebhook('BOOKING_CREATED', new Date(), booking))
    await signedByPaul(noShowWebhook(new Date(), mine, true))
    await signedByPaul(noShowWebhook(new Date(), theirs, true))
    // If the booking isn't known yet, the no-show stays pending until one of Paul's arrives.
    const later = newBooking(lydia)
    await signedByPaul(noShowWebhook(new Date(), later, true))
    await send(bookingWebhook('BOOKING_CREATED', new Date(), later))
    expect(await statusOf(mine.uid)).toBe('no_show')
    expect(await statusOf(theirs.uid)).toBe('confirmed')
    expect(await statusOf(later.uid)).toBe('confirmed')
  })

  // Fails without a uniform response: `applied`, 401 and `waiting_for_booking`; `unknown_organizer` and `applied`.
  test('gets the same response whether a booking is the pastor’s own, a colleague’s, or nobody’s', async () => {
    const [mine, theirs, unassigned] = [newBooking(), newBooking(lydia), newBooking()]
    for (const booking of [mine, theirs]) await send(bookingWebhook('BOOKING_CREATED', new Date(), booking))
    const answers = []
    for (const booking of [mine, theirs, unassigned]) {
      answers.push(await signedByPaul(noShowWebhook(new Date(), booking, true)))
      answers.push(await signedByPaul(noShowWebhook(new Date(), { ...booking, uid: '' }, true)))
      answers.push(await signedByPaul(cancellationWebhook(new Date(), { ...booking, pastor: paul }, cancelled)))
    }
    const responses = answers.map(({ status, text }) => ({ status, text }))
    expect(responses).toEqual(responses.map(() => ({ status: 200, text: '{"ok":true,"outcome":"received"}' })))
    expect(await statusOf(theirs.uid)).toBe('confirmed')
  })

  test('is accepted for Cal.com’s test button, which names no organizer', async () => {
    expect((await signedByPaul({ ...sample('PING.derived'), at: Date.now() })).answer.outcome).toBe('ping')
  })

  test('is stored encrypted, is logged, and is validated', async () => {
    const setting = await church.deps.database.systemSetting.findFirstOrThrow({ where: { isEncrypted: true } })
    expect(JSON.stringify(setting.value)).toMatch(/^"v1\./)
    const where = { action: 'settings.changed', userId: church.pastor.userId }
    expect(await church.deps.database.auditLog.count({ where })).toBe(1)
    for (const secret of ['short', 'no-secret-provided']) {
      await expect(setCalcomWebhookSecret(church.deps, church.pastor.viewer, testOrigin, { secret })).rejects.toThrow()
    }
  })

  test('is ignored if it can’t be decrypted, which is logged, and delays no other', async () => {
    const { database } = church.deps
    const { id, value } = await database.systemSetting.findFirstOrThrow({ where: { isEncrypted: true } })
    await database.systemSetting.update({ where: { id }, data: { value: `${String(value).slice(0, -4)}AAAA` } })
    expect((await signedByPaul({ ...sample('PING.derived'), at: Date.now() })).status).toBe(401)
    expect((await send(created())).status).toBe(200)
    expect(await database.auditLog.count({ where: { action: 'vault.unreadable', resourceId: id } })).toBe(1)
    await database.systemSetting.update({ where: { id }, data: { value: String(value) } })
  })

  test('is no longer accepted once it is replaced', async () => {
    await setCalcomWebhookSecret(church.deps, church.pastor.viewer, testOrigin, {
      secret: 'another secret of Pastor Paul',
    })
    expect((await signedByPaul(created())).status).toBe(401)
  })
})

describe('the webhook endpoint', () => {
  test('accepts POST only', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await send('', { method })
      expect([status, headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  test('accepts at most a megabyte, with or without a Content-Length', async () => {
    const large = JSON.stringify({ triggerEvent: 'PING', payload: 'x'.repeat(1_048_577) })
    expect((await send(large)).status).toBe(413)
    expect(await sendInPieces(large)).toBe(413)
  })

  test.each([
    ['application/x-www-form-urlencoded', 'hello=world&more'],
    ['application/x-www-form-urlencoded', `triggerEvent=PING&payload=${encodeURIComponent('{"type":"Test"}')}`],
    ['text/plain', '{"triggerEvent":'],
    ['application/json', ''],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/json', '"text"'],
    ['application/json', '{"triggerEvent":{"a":1},"payload":[]}'],
    ['application/json', '{"triggerEvent":"BOOKING_CREATED","payload":null}'],
    ['application/json', '{"triggerEvent":"BOOKING_CREATED","payload":{"uid":7,"startTime":"soon","attendees":"x"}}'],
    ['application/json', '{"triggerEvent":"BOOKING_INVENTED","payload":{}}'],
    ['application/json', `{"triggerEvent":"${'X'.repeat(500)}","payload":{}}`],
  ])('stores and acknowledges %s %j', async (type, body) => {
    const before = await deliveries()
    const { status, answer } = await send(body, { headers: { 'content-type': type } })
    expect([status, answer.ok]).toEqual([200, true])
    expect(await deliveries()).toBe(before + 1)
    expect((await send(body)).answer.outcome).toBe('duplicate')
  })

  test('accepts a meeting in flat and wrapped form', async () => {
    const flat = sample('MEETING_ENDED')
    const own = { uid: 'meeting-1', id: 900_001, user: { email: paul.email.toUpperCase() }, userId: null }
    expect((await send({ ...flat, ...own })).answer.outcome).toBe('applied')
    const { triggerEvent, ...row }: Record<string, unknown> = { ...flat, ...own, uid: 'meeting-2', id: 900_002 }
    expect((await send({ triggerEvent, createdAt: new Date().toISOString(), payload: row })).answer.outcome).toBe(
      'applied',
    )
    const ended = await church.deps.database.booking.findMany({ where: { calBookingUid: { startsWith: 'meeting-' } } })
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed'])
  })

  test('notifies the admins of an organizer who matches no user', async () => {
    await send(created({ ...paul, id: 4_711, username: 'pastor-unknown', email: 'unknown@church.example' }))
    const query = '{ webhookDeliveries(filter: { outcome: ["unknown_organizer"] }) { nodes { organizer trigger } } }'
    const { data } = await church.ask(church.admin, query)
    expect(data).toMatchObject({
      webhookDeliveries: {
        nodes: expect.arrayContaining([{ organizer: 'pastor-unknown', trigger: 'BOOKING_CREATED' }]),
      },
    })
  })

  test('reports that the database is unavailable, and accepts the same webhook once it is back', async () => {
    const name = new URL(church.databaseUrl).pathname.slice(1)
    const webhook = created()
    await asSuperuser(async (client) => {
      await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT 0`)
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    })
    const { status, headers, answer } = await send(webhook)
    await asSuperuser((client) => client.query(`ALTER DATABASE ${name} CONNECTION LIMIT -1`))
    expect([status, answer, headers.get('retry-after')]).toEqual([503, { ok: false, error: 'UNAVAILABLE' }, '5'])
    expect((await send(webhook)).answer).toEqual({ ok: true, outcome: 'applied' })
  })
})

describe('attackers who flood the endpoint', () => {
  const forged = 'f'.repeat(64)
  const longTimeout = { timeout: 10_000 }

  // Fails without a limit: all bodies were kept, a megabyte each, for as long as the sender liked. Fails with a limit of
  // their number: the genuine webhook got a 503 while sixteen strangers held theirs back.
  test('with large bodies share 16 MB, and delay no genuine webhook of any size', async () => {
    const held = Array.from({ length: 40 }, () => holdLargeBody(forged))
    try {
      // 40 of 900 KB: all that exceeds the memory is cut.
      const cut = () => held.filter(({ status }) => status() === 503).length
      await expect.poll(cut, longTimeout).toBeGreaterThanOrEqual(22)
      expect(cut()).toBeLessThan(40)
      const large = { triggerEvent: 'PING', payload: 'x'.repeat(900_000) }
      expect((await send(large)).answer).toEqual({ ok: true, outcome: 'ping' })
      expect((await send(created())).status).toBe(200)
      expect((await send('x'.repeat(70_000), { signature: forged })).status).toBe(401)
    } finally {
      for (const { release } of held) release()
    }
  })

  // Fails without a limit: each waited for a pooled connection, and so did everyone else.
  test('with forged signatures have few checked at once, and delay none of the church’s own webhooks', async () => {
    const body = JSON.stringify(created())
    await asSuperuser(async (client) => {
      await client.query('BEGIN; LOCK TABLE system_settings IN ACCESS EXCLUSIVE MODE')
      const answers = Array.from({ length: 120 }, () => send(body, { signature: forged }))
      let refused = 0
      for (const answer of answers) void answer.then(({ status }) => (refused += status === 503 ? 1 : 0))
      await expect.poll(() => refused, longTimeout).toBeGreaterThanOrEqual(16)
      expect((await send(created())).status).toBe(200)
      await client.query('COMMIT')
      const ended = await Promise.all(answers)
      expect(ended.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(4)
    }, church.databaseUrl)
  })
})

test.each(sequenceKinds)(
  'the sequence %s over HTTP, concurrently and twice, ends as if sent in order',
  async (kind) => {
    const [number, numberAtOnce] = [newBooking().bookingId, newBooking().bookingId]
    const sequenceOf = (uid: number) =>
      webhooksOf(kind, planNumber(uid, { pastor: paul, ...(kind === 'seats' && { eventType: smallGroup }) }))
    const inOrder = sequenceOf(number)
    for (const webhook of inOrder) await send(webhook)
    const atOnce = sequenceOf(numberAtOnce)
    const answers = await Promise.all([...atOnce.toReversed(), ...atOnce].map((webhook) => send(webhook)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const { bookings } = await stateOf(church.deps)
    const visibleRows = (of: number) =>
      bookings
        .filter(({ calBookingUid }) => calBookingUid === `uid-${of}` || calBookingUid === `uid-${of}-moved`)
        .map(({ status, attendees, record: { notes, answers: sentSignature }, startTime, thread }) => ({
          status,
          attendees,
          notes,
          given: sentSignature,
          startTime,
          thread: thread?.length,
        }))
    expect(visibleRows(number)).not.toHaveLength(0)
    expect(visibleRows(numberAtOnce)).toEqual(visibleRows(number))
  },
)

/** Sends the body without its length. */
function sendInPieces(body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-cal-signature-256': signatureOf(webhookSecret, body) }
    const outgoing = request(`${church.url}/webhooks/calcom`, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    outgoing.on('error', reject)
    for (let at = 0; at < body.length; at += 100_000) outgoing.write(body.slice(at, at + 100_000))
    outgoing.end()
  })
}

/** Sends all but the end of a large body. */
function holdLargeBody(signature: string): { status: () => number | undefined; release: () => void } {
  let status: number | undefined
  const outgoing = request(
    `${church.url}/webhooks/calcom`,
    { method: 'POST', headers: { 'content-length': 1_000_000, 'x-cal-signature-256': signature } },
    (response) => {
      status = response.statusCode
      response.resume()
    },
  )
  // The server may close the connection first.
  outgoing.on('error', () => undefined)
  outgoing.write('x'.repeat(900_000))
  return { status: () => status, release: () => outgoing.destroy() }
}
