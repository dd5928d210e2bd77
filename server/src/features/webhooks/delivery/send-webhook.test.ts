import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { addFreshSession, addPerson, openTestVault, testOrigin } from '../../../../test/support/parish.ts'
import type { StoredDocuments } from '../../../core/access/stored-documents.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import type { Vault } from '../../../core/vault/vault.ts'
import type { PostOutcome } from '../../../platform/http/guarded-post.ts'
import { newId } from '../../../platform/ids.ts'
import type { JobPayload } from '../../../platform/jobs/queue.ts'
import { createEndpoint } from '../endpoints/create-endpoint.ts'
import { sendEndpointNotice } from '../endpoints/send-endpoint-notice.ts'
import { setEndpointEnabled } from '../endpoints/set-endpoint-enabled.ts'
import { deleteExpiredMessages } from './delete-expired-messages.ts'
import { fanOutChanges } from './fan-out-changes.ts'
import { redeliverMessage } from './redeliver-message.ts'
import { type SendWebhookDeps, sendWebhook } from './send-webhook.ts'

const HOUR_MS = 3_600_000

type Enqueued = { name: string; payload: JobPayload; startAfter: Date }

let fresh: FreshDatabase
let vault: Vault
let pastor: PersonViewer
let nowMs: number
/** Pending jobs, in an arbitrary order. */
let waiting: Enqueued[]
/** The receiver's next response; 204 by default. */
let answer: (webhookId: string) => PostOutcome
let posted: { id: string; body: string }[]

const clock = { now: () => new Date(nowMs) }
const accepted: PostOutcome = { status: 204, retryAfter: null, noResponse: null }
const refused: PostOutcome = { status: 500, retryAfter: null, noResponse: null }
const documents: StoredDocuments = {
  problemsOf: () => [],
  run: async (_document, _viewer, event) => ({
    kind: 'wanted',
    data: String((event as { bookingId: string }).bookingId),
  }),
}

beforeAll(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
})
afterAll(() => fresh.close())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T09:00:00Z')
  waiting = []
  posted = []
  answer = () => accepted
  await fresh.database.webhookEndpoint.deleteMany()
  pastor = await addPerson(fresh.database, 'pastor')
})

function deps() {
  const { database } = fresh
  return {
    database,
    vault,
    clock,
    newId,
    documents,
    log: { warn: () => undefined },
    random: () => 0.5,
    receivers: {
      findUrlProblem: () => null,
      post: async (_url: string, headers: Readonly<Record<string, string>>, body: string) => {
        const id = headers['webhook-id'] ?? ''
        posted.push({ id, body })
        return answer(id)
      },
    },
    queue: {
      enqueue: async (_tx: unknown, name: string, payload: JobPayload, options: { startAfter?: Date } = {}) => {
        waiting.push({ name, payload, startAfter: options.startAfter ?? clock.now() })
        return newId()
      },
    },
  } satisfies SendWebhookDeps & Record<string, unknown>
}

async function addEndpoint(viewer = pastor): Promise<string> {
  const endpoint = { name: 'Wall', url: 'https://hooks.example.org/', document: 'any', scopes: ['bookings:read'] }
  const freshViewer = await addFreshSession(fresh.database, viewer, clock)
  return (await createEndpoint(deps(), freshViewer, testOrigin, endpoint)).endpointId
}

async function change(owner = pastor, count = 1, kind = 'updated'): Promise<void> {
  for (let at = 0; at < count; at++) {
    await fresh.database.$queryRaw`SELECT append_booking_change(${owner.userId}::uuid, ${newId()}::uuid, ${kind})`
  }
}

const fanOut = () => fanOutChanges(deps(), { everybody: true })
const endpoint = (id: string) => fresh.database.webhookEndpoint.findUniqueOrThrow({ where: { id } })
const messages = () =>
  fresh.database.webhookMessage.findMany({ include: { tries: { orderBy: { number: 'asc' } } }, orderBy: { id: 'asc' } })

/** Runs a job as a worker does. */
const run = ({ payload }: Enqueued) =>
  sendWebhook(deps(), { messageId: String(payload.messageId), attempt: Number(payload.attempt) })

/** Runs pending jobs, advancing the clock to each, until none is left or `untilMs`. */
async function work(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
  for (;;) {
    const sends = waiting.filter(({ name }) => name === 'send-webhook')
    const next = sends.toSorted((a, b) => a.startAfter.getTime() - b.startAfter.getTime())[0]
    if (next === undefined || next.startAfter.getTime() > untilMs) return
    waiting.splice(waiting.indexOf(next), 1)
    nowMs = Math.max(nowMs, next.startAfter.getTime())
    await run(next)
  }
}

const notices = () => waiting.filter(({ name }) => name === 'send-endpoint-notice').map(({ payload }) => payload.notice)

describe('changes become messages', () => {
  it('once each, even if read twice, by two nodes at once, or after a fan-out that crashed', async () => {
    await addEndpoint()
    await change(pastor, 250)
    const [firstCount, other] = await Promise.all([fanOut(), fanOut()])
    expect(firstCount + other).toBe(250)
    await change(pastor, 3)
    await Promise.all(Array.from({ length: 4 }, fanOut))
    expect(await fresh.database.webhookMessage.count()).toBe(253)
    expect(waiting).toHaveLength(253)
    expect(new Set(waiting.map(({ payload }) => payload.messageId)).size).toBe(253)
  })

  it('or none at all, without advancing the cursor, if a job can’t be enqueued', async () => {
    const id = await addEndpoint()
    await change(pastor, 2)
    const { cursor } = await endpoint(id)
    const broken = { ...deps(), queue: { enqueue: () => Promise.reject(new Error('no queue')) } }
    await expect(fanOutChanges(broken, { everybody: true })).rejects.toThrow('no queue')
    expect([(await endpoint(id)).cursor, await fresh.database.webhookMessage.count()]).toEqual([cursor, 0])
    expect(await fanOut()).toBe(2)
  })

  it('only for the owners named in a notification, and for all of them for an admin', async () => {
    const [admin, other] = [await addPerson(fresh.database, 'admin'), await addPerson(fresh.database, 'pastor')]
    const own = await addEndpoint()
    const all = await addEndpoint(admin)
    await change(other, 2)
    await change(pastor, 1)
    const of = async (endpointId: string) => fresh.database.webhookMessage.count({ where: { endpointId } })
    await fanOutChanges(deps(), { ownerIds: [other.userId] })
    expect([await of(own), await of(all)]).toEqual([0, 3])
    await fanOutChanges(deps(), { ownerIds: [pastor.userId] })
    expect([await of(own), await of(all)]).toEqual([1, 3])
  })

  it('only from now on after the owner’s role has changed', async () => {
    const other = await addPerson(fresh.database, 'pastor')
    const id = await addEndpoint()
    await change(other, 5)
    await fresh.database.user.update({ where: { id: pastor.userId }, data: { role: 'admin' } })
    expect(await fanOut()).toBe(0)
    await change(other, 1)
    expect(await fanOut()).toBe(1)
    expect((await endpoint(id)).followsEverybody).toBe(true)
  })
})

describe('a message', () => {
  it('among two hundred, at a receiver that fails in any order, is delivered in the end, under a single ID', {
    timeout: 120_000,
  }, async () => {
    await addEndpoint()
    await change(pastor, 200)
    await fanOut()
    // Each message first fails zero to three times, independent of its order.
    const failuresOf = new Map<string, number>()
    let turn = 0
    answer = (id) => {
      const left = failuresOf.get(id) ?? (turn++ * 7) % 4
      failuresOf.set(id, left - 1)
      return left > 0 ? refused : accepted
    }
    await work()
    const all = await messages()
    expect(all.filter(({ status }) => status !== 'delivered')).toEqual([])
    expect(new Set(posted.map(({ id }) => id)).size).toBe(200)
    expect(posted.length).toBe(all.reduce((sum, { attempts }) => sum + attempts, 0))
  })

  it('is attempted eight times over about seventeen hours, each logged, and then fails permanently', async () => {
    await addEndpoint()
    await change()
    await fanOut()
    answer = () => refused
    const startedMs = nowMs
    await work()
    const [message] = await messages()
    expect(message).toMatchObject({ status: 'failed', attempts: 8, nextAttemptAt: null })
    expect(message?.tries.map(({ statusCode, errorCode }) => [statusCode, errorCode])).toEqual(
      Array.from({ length: 8 }, () => [500, 'REFUSED']),
    )
    expect((nowMs - startedMs) / HOUR_MS).toBeCloseTo(17.3, 0)
  })

  it('is not retried sooner than an overloaded receiver asks', async () => {
    await addEndpoint()
    await change()
    await fanOut()
    answer = () => ({ status: 429, retryAfter: '600', noResponse: null })
    await work(nowMs)
    expect(waiting.map(({ startAfter }) => startAfter.getTime() - nowMs)).toEqual([600_000])
  })

  it('claimed by two workers is recorded once, and the later job does nothing', async () => {
    await addEndpoint()
    await change()
    await fanOut()
    const [job] = waiting.splice(0)
    if (job === undefined) throw new Error('there is a job')
    // As after a crash between the response and its record: delivered at least once, under the same ID.
    const outcomes = await Promise.all([run(job), run(job)])
    expect(outcomes.sort()).toEqual(['delivered', 'superseded'])
    expect(posted.map(({ id }) => id)).toEqual([posted[0]?.id, posted[0]?.id])
    expect(await run(job)).toBe('superseded')
    expect((await messages()).map(({ attempts, tries }) => [attempts, tries.length])).toEqual([[1, 1]])
  })

  it('that failed for two workers at once has failed once, and gets one next attempt', async () => {
    await addEndpoint()
    await change()
    await fanOut()
    const [job] = waiting.splice(0)
    if (job === undefined) throw new Error('there is a job')
    answer = () => refused
    expect((await Promise.all([run(job), run(job)])).sort()).toEqual(['failed', 'superseded'])
    expect(await messages()).toMatchObject([{ status: 'pending', attempts: 1, step: 1, tries: [{ number: 1 }] }])
    expect(waiting.map(({ payload }) => payload.attempt)).toEqual([1])
  })

  it('that failed permanently is resent on request, even while its endpoint is paused', async () => {
    const id = await addEndpoint()
    await change()
    await fanOut()
    answer = () => refused
    await work()
    const [message] = await messages()
    expect((await endpoint(id)).pausedUntil).not.toBeNull()
    answer = () => accepted
    await redeliverMessage(deps(), pastor, testOrigin, message?.id ?? '')
    await work(nowMs)
    expect(await messages()).toMatchObject([{ status: 'delivered', attempts: 9 }])
  })

  it('of a deactivated endpoint is no longer pending, and can’t be resent before it is active', async () => {
    const id = await addEndpoint()
    await change(pastor, 2)
    await fanOut()
    await setEndpointEnabled(deps(), pastor, testOrigin, { id, isActive: false })
    await work()
    const [message] = await messages()
    expect((await messages()).map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
    expect(posted).toEqual([])
    const again = redeliverMessage(deps(), pastor, testOrigin, message?.id ?? '')
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('is deleted after thirty days, unless it is still pending', async () => {
    await addEndpoint()
    await change()
    await fanOut()
    await work()
    await change()
    await fanOut()
    nowMs += 31 * 24 * HOUR_MS
    expect(await deleteExpiredMessages(deps())).toBe(1)
    expect((await messages()).map(({ status }) => status)).toEqual(['pending'])
  })
})

describe('an endpoint that fails', () => {
  it('is paused after five failures, with one attempt at a time to check whether it has recovered', async () => {
    const id = await addEndpoint()
    await change(pastor, 40)
    await fanOut()
    answer = () => refused
    await work(nowMs)
    expect(posted).toHaveLength(5)
    expect(await endpoint(id)).toMatchObject({ failures: 5, pausedUntil: new Date(nowMs + 5_000) })
    answer = () => accepted
    await work()
    expect((await messages()).every(({ status }) => status === 'delivered')).toBe(true)
    expect(await endpoint(id)).toMatchObject({ failures: 0, failingSince: null, pausedUntil: null })
  })

  it('triggers a warning after a day and is deactivated after five, each mailed to its owner', async () => {
    const id = await addEndpoint()
    answer = () => refused
    const seen: [number, unknown[], boolean][] = []
    for (let day = 0; day <= 6; day++) {
      await change()
      await fanOut()
      await work(nowMs)
      seen.push([day, notices(), (await endpoint(id)).isActive])
      nowMs += 24 * HOUR_MS
    }
    expect(seen).toEqual([
      [0, [], true],
      [1, ['warning'], true],
      [2, ['warning'], true],
      [3, ['warning'], true],
      [4, ['warning'], true],
      [5, ['warning', 'failing'], false],
      [6, ['warning', 'failing'], false],
    ])
    expect(await endpoint(id)).toMatchObject({ disabledReason: 'failing' })
    expect((await messages()).filter(({ status }) => status === 'pending')).toEqual([])
    const actions = await fresh.database.auditLog.findMany({ where: { resourceId: id, action: 'endpoint.disabled' } })
    expect(actions).toMatchObject([{ userId: null, metadata: { reason: 'failing' } }])
  })

  it('is not deactivated if there was a success in between', async () => {
    const id = await addEndpoint()
    for (let day = 0; day <= 8; day++) {
      answer = () => (day === 4 ? accepted : refused)
      await change()
      await fanOut()
      await work(nowMs)
      nowMs += 24 * HOUR_MS
    }
    expect(await endpoint(id)).toMatchObject({ isActive: true, warnedAt: expect.any(Date) })
  })

  it('is named in a mail to its owner, which contains nothing of what was sent', async () => {
    const id = await addEndpoint()
    answer = () => refused
    await change()
    await fanOut()
    await work(nowMs)
    const mails: { to: string; subject: string; text: string }[] = []
    const mailer = { send: async (mail: (typeof mails)[number]) => void mails.push(mail) }
    const env = { publicUrl: 'https://hub.church.example' }
    const notice = (mailing: typeof mailer | null) =>
      sendEndpointNotice({ ...deps(), mailer: mailing, env }, { endpointId: id, notice: 'warning' })
    expect(await notice(mailer)).toBe(true)
    expect(mails).toEqual([
      {
        to: `${pastor.userId}@church.example`,
        subject: 'ChurchHub can\'t deliver to "Wall"',
        text: expect.stringContaining('https://hub.church.example/webhooks'),
      },
    ])
    expect(await notice(null)).toBe(false)
    answer = () => accepted
    nowMs += HOUR_MS
    await work(nowMs)
    expect(await notice(mailer)).toBe(false)
  })
})
