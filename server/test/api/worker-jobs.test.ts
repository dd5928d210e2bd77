import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newId } from '../../src/platform/ids.ts'
import { addBooking } from '../support/parish.ts'
import {
  type Answer,
  type Person,
  type RunningChurch,
  type RunningNode,
  startChurch,
} from '../support/running-church.ts'
import { addToken, askWithToken, socketBy } from '../support/tokens.ts'

let church: RunningChurch
let node: RunningNode
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
  node = await church.secondNode()
})
afterAll(() => church.close())

const all = 'id jobType status payload result error attempts maxAttempts scheduledFor startedAt completedAt createdAt'
const globalId = (id: string) => Buffer.from(`WorkerJob:${id}`).toString('base64')
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions
const findQuery = `query($id: ID!) { node(id: $id) { ... on WorkerJob { ${all} booking { id } } } }`
const find = (person: Person | null, id: string) => church.ask(person, findQuery, { id: globalId(id) })
const mutationOf = (verb: 'retryWorkerJob' | 'cancelWorkerJob') =>
  `mutation($id: ID!) { ${verb}(input: { id: $id }) { workerJob { ${all} } } }`
const act = (person: Person | null, verb: 'retryWorkerJob' | 'cancelWorkerJob', id: string) =>
  church.ask(person, mutationOf(verb), { id: globalId(id) })

type Data = Parameters<typeof church.deps.database.workerJob.create>[0]['data']

async function addJob(overrides: Partial<Data> = {}): Promise<string> {
  const id = newId()
  const data = { id, jobType: 'generateSummary', status: 'failed', payload: {}, ...overrides } as Data
  await church.deps.database.workerJob.create({ data })
  return id
}

/** A job record with its job in the queue. */
function enqueue(bookingId = newId()): Promise<string> {
  const { database, queue } = church.deps
  return database.$transaction((tx) => queue.enqueue(tx, 'generate-summary', { bookingId }))
}

describe('a job record', () => {
  it('shows an admin its IDs and codes, and its booking', async () => {
    const bookingId = await addBooking(church.deps, church.pastor)
    const id = await addJob({ payload: { bookingId }, error: 'CONFLICT', attempts: 3, result: { outcome: 'written' } })
    expect((await find(church.admin, id)).data).toMatchObject({
      node: {
        id: globalId(id),
        jobType: 'GENERATE_SUMMARY',
        status: 'FAILED',
        payload: { bookingId },
        result: { outcome: 'written' },
        error: 'CONFLICT',
        attempts: 3,
        booking: { id: Buffer.from(`Booking:${bookingId}`).toString('base64') },
      },
    })
  })

  it('shows no free text written to it by other means', async () => {
    const id = await addJob({
      payload: { note: 'canary lost her mother', bookingId: newId(), nested: { words: 'canary' } },
      result: ['canary'],
      error: 'could not read "canary"',
    })
    const { data, text } = await find(church.admin, id)
    expect(text).not.toContain('canary')
    expect(data).toMatchObject({ node: { payload: { bookingId: expect.any(String) }, result: {}, error: 'INTERNAL' } })
  })

  it('doesn’t exist for a pastor, even for their own booking', async () => {
    const bookingId = await addBooking(church.deps, church.pastor)
    const id = await addJob({ payload: { bookingId } })
    expect(errorOf(await find(church.pastor, id))).toEqual(errorOf(await find(church.pastor, newId())))
    expect(errorOf(await find(church.pastor, id))).toMatchObject({ code: 'NOT_FOUND' })
    expect(errorOf(await find(null, id))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

describe('retrying and cancelling', () => {
  it('cancels a pending job and requeues it, and logs both', async () => {
    const id = await enqueue()
    expect((await act(church.admin, 'cancelWorkerJob', id)).data).toMatchObject({
      cancelWorkerJob: { workerJob: { status: 'FAILED', error: 'CANCELLED', completedAt: expect.any(String) } },
    })
    expect(errorOf(await act(church.admin, 'cancelWorkerJob', id))).toMatchObject({ code: 'CONFLICT' })
    expect((await act(church.admin, 'retryWorkerJob', id)).data).toMatchObject({
      retryWorkerJob: { workerJob: { status: 'PENDING', error: null, completedAt: null } },
    })
    expect(errorOf(await act(church.admin, 'retryWorkerJob', id))).toMatchObject({ code: 'CONFLICT' })
    const entries = await church.deps.database.auditLog.findMany({ where: { resourceId: id }, orderBy: { id: 'asc' } })
    expect(entries.map(({ action }) => action)).toEqual(['job.cancelled', 'job.retried'])
  })

  it('is refused for a running job', async () => {
    const id = await addJob({ status: 'processing' })
    expect(errorOf(await act(church.admin, 'cancelWorkerJob', id))).toMatchObject({ code: 'CONFLICT' })
    expect(errorOf(await act(church.admin, 'retryWorkerJob', id))).toMatchObject({ code: 'CONFLICT' })
  })

  it('needs an admin and an existing job', async () => {
    const id = await enqueue()
    for (const verb of ['cancelWorkerJob', 'retryWorkerJob'] as const) {
      expect(errorOf(await act(church.pastor, verb, id))).toMatchObject({ code: 'FORBIDDEN' })
      expect(errorOf(await act(null, verb, id))).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(errorOf(await act(church.admin, verb, newId()))).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await church.deps.database.workerJob.findUnique({ where: { id } })).toMatchObject({ status: 'pending' })
  })

  it('needs jobs:write with a token, and reading needs jobs:read', async () => {
    const id = await enqueue()
    const reader = await addToken(church, church.admin, ['jobs:read'])
    const writer = await addToken(church, church.admin, ['jobs:read', 'jobs:write'])
    const other = await addToken(church, church.admin, ['settings:read'])
    const list = '{ workerJobs(first: 1) { totalCount nodes { id } } }'
    expect((await askWithToken(church, reader, list)).errors).toBeUndefined()
    expect(errorOf(await askWithToken(church, other, list))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['jobs:read'],
      missingScopes: [['jobs:read']],
    })
    expect(errorOf(await askWithToken(church, other, findQuery, { id: globalId(id) }))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['jobs:read'],
      missingScopes: [['jobs:read'], ['bookings:read']],
    })
    const refused = await askWithToken(church, reader, mutationOf('cancelWorkerJob'), { id: globalId(id) })
    expect(errorOf(refused)).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['jobs:write'],
      missingScopes: [['jobs:write']],
    })
    const done = await askWithToken(church, writer, mutationOf('cancelWorkerJob'), { id: globalId(id) })
    expect(done.data).toMatchObject({ cancelWorkerJob: { workerJob: { error: 'CANCELLED' } } })
  })
})

describe('workerJobChanged', () => {
  const query = 'subscription { workerJobChanged { workerJob { id status error } } }'
  type Change = { workerJobChanged: { workerJob: { id: string; status: string } | null } }

  /** Subscribes until the socket is closed; the events received are in `seen`. */
  function follow(person: Pick<Person, 'cookie'>, at: Pick<RunningNode, 'url'> = church) {
    const { client, closed } = socketBy(at, { headers: { cookie: person.cookie } })
    const seen: unknown[] = []
    const listening = Promise.withResolvers<void>()
    const reading = (async () => {
      for await (const { data, errors } of client.iterate<Change>({ query })) {
        seen.push(errors?.[0]?.extensions?.code ?? data?.workerJobChanged.workerJob)
      }
    })().catch(() => undefined)
    client.on('connected', () => listening.resolve())
    return { client, closed, seen, listening: listening.promise, reading }
  }

  it('sends admins on any node every new, changed and finished job in its current state', async () => {
    const followed = follow(church.admin, node)
    await followed.listening
    // The first event asks to reload; every later change is sent.
    await vi.waitFor(() => expect(followed.seen).toContain(null))
    const id = await enqueue()
    const statuses = () => followed.seen.filter((job) => (job as { id?: string } | null)?.id === globalId(id))
    await vi.waitFor(() => expect(statuses()).toEqual([{ id: globalId(id), status: 'PENDING', error: null }]))
    await act(church.admin, 'cancelWorkerJob', id)
    await vi.waitFor(() =>
      expect(statuses().at(-1)).toEqual({ id: globalId(id), status: 'FAILED', error: 'CANCELLED' }),
    )
    await followed.client.dispose()
  })

  it('asks to reload if changes may have been missed', async () => {
    const followed = follow(church.admin)
    await followed.listening
    await vi.waitFor(() => expect(followed.seen).toContain(null))
    const before = followed.seen.length
    await church.deps.database.$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'churchhub-events'`
    await vi.waitFor(() => expect(followed.seen.slice(before)).toContain(null), { timeout: 10_000 })
    await followed.client.dispose()
  })

  it('is refused to pastors and visitors', async () => {
    for (const headers of [{ cookie: church.pastor.cookie }]) {
      const { client } = socketBy(church, { headers })
      const results: unknown[] = []
      for await (const { errors } of client.iterate({ query })) results.push(errors?.[0]?.extensions?.code)
      expect(results).toEqual(['FORBIDDEN'])
      await client.dispose()
    }
    const { client, closed } = socketBy(church, {})
    await expect(client.iterate({ query }).next()).rejects.toBeDefined()
    expect(await closed).toBe(4403)
  })

  it('ends with the session', async () => {
    const person = await church.addPerson('admin', 'Admin Leaving', 77)
    const followed = follow(person)
    await followed.listening
    await church.ask(person, 'mutation { signOut { ok } }')
    expect(await followed.closed).toBe(4403)
  })

  it('needs jobs:read with a token', async () => {
    const other = await addToken(church, church.admin, ['settings:read'])
    const { client } = socketBy(church, { headers: { authorization: `Bearer ${other.token}` } })
    const results: unknown[] = []
    for await (const { errors } of client.iterate({ query })) results.push(errors?.[0]?.extensions)
    expect(results).toEqual([{ code: 'FORBIDDEN', missingScope: ['jobs:read'], missingScopes: [['jobs:read']] }])
    await client.dispose()
  })
})
