import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultPromptTemplate } from '../../src/features/ai/prompt.model.ts'
import { setSystemSetting } from '../../src/features/settings/set-system-setting.ts'
import { newId } from '../../src/platform/ids.ts'
import { startProviderServer } from '../fakes/provider-server.ts'
import { addBooking, addConsent, addSummary, testOrigin } from '../support/parish.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let provider: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  church = await startChurch({ runsJobs: true, variables: { AI_ALLOWED_NETWORKS: '127.0.0.1/32' } })
  provider = await startProviderServer()
})
afterAll(async () => {
  await church.close()
  await provider.close()
})

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions
const regenerate = (person: Person | null, bookingId: string) =>
  church.ask(person, 'mutation($id: ID!) { regenerateSummary(input: { bookingId: $id }) { booking { id } } }', {
    id: globalId('Booking', bookingId),
  })
const feedback = (person: Person | null, id: string, verdict: string | null) =>
  church.ask(
    person,
    'mutation($id: ID!, $v: SummaryVerdict) { giveSummaryFeedback(input: { id: $id, verdict: $v }) { summary { feedback } } }',
    { id: globalId('ContextSummary', id), v: verdict },
  )

async function waitForSummaryBeside(bookingId: string, old: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { id } = await church.deps.database.contextSummary.findFirstOrThrow({
        where: { bookingId, id: { not: old } },
      })
      return id
    },
    { timeout: 20_000, interval: 50 },
  )
}

describe('a brief', () => {
  it('is rewritten when its pastor requests it, and the old one stays until then', async () => {
    const bookingId = await addBooking(church.deps, church.pastor.viewer, { intake: { notes: 'I want to die.' } })
    const old = await addSummary(church.deps, church.pastor.viewer, bookingId, 'The old brief.')
    expect((await regenerate(church.pastor, bookingId)).errors).toBeUndefined()
    const id = await waitForSummaryBeside(bookingId, old)
    expect(await church.deps.database.contextSummary.count({ where: { bookingId } })).toBe(1)
    const { data } = await church.ask(
      church.pastor,
      `query($id: ID!) { node(id: $id) { ... on ContextSummary {
        metadata { method provider model fallbackReason } content { text isUrgent urgentMatters answeredQuestions } } } }`,
      { id: globalId('ContextSummary', id) },
    )
    expect(data).toMatchObject({
      node: {
        metadata: { method: 'RULE_BASED', provider: null, model: null, fallbackReason: null },
        content: {
          text: expect.stringMatching(/^Urgent: /),
          isUrgent: true,
          urgentMatters: ['self-harm'],
          answeredQuestions: ['Additional notes'],
        },
      },
    })
  })

  it('can be requested only by its pastor, and not for a booking that no longer takes place', async () => {
    const bookingId = await addBooking(church.deps, church.pastor.viewer)
    expect(errorOf(await regenerate(null, bookingId))).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(errorOf(await regenerate(church.otherPastor, bookingId))).toMatchObject({ code: 'NOT_FOUND' })
    expect(errorOf(await regenerate(church.admin, bookingId))).toMatchObject({ code: 'NOT_FOUND' })
    const cancelled = await addBooking(church.deps, church.pastor.viewer, { columns: { status: 'cancelled' } })
    expect(errorOf(await regenerate(church.pastor, cancelled))).toMatchObject({ code: 'CONFLICT' })
    const token = await addToken(church, church.pastor, ['bookings:write', 'summaries:read'])
    const answer = await askWithToken(
      church,
      token,
      `mutation { regenerateSummary(input: { bookingId: "${globalId('Booking', bookingId)}" }) { booking { id } } }`,
    )
    expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('is requested from a provider once at a time, and the last state of the booking wins', async () => {
    const { database } = church.deps
    await database.aiConfiguration.create({
      data: { id: newId(), provider: 'local', model: 'm', promptTemplate: defaultPromptTemplate },
    })
    const address = { key: 'ai.local.baseUrl', value: provider.baseUrl }
    await setSystemSetting(church.deps, church.admin.viewer, testOrigin, address)
    const { id } = await database.aiConfiguration.findFirstOrThrow()
    await addConsent(database, church.pastor.userId, id)
    provider.behave({ brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] }, afterMs: 500 })
    const bookingId = await addBooking(church.deps, church.pastor.viewer, { intake: { notes: 'First.' } })
    const old = await addSummary(church.deps, church.pastor.viewer, bookingId, 'The old brief.')
    // The jobs of two changes of a booking, claimed by two workers at once.
    await database.$transaction(async (tx) => {
      for (let order = 0; order < 2; order += 1) await church.deps.queue.enqueue(tx, 'generate-summary', { bookingId })
    })
    await waitForSummaryBeside(bookingId, old)
    await vi.waitFor(
      async () => {
        const payload = { path: ['bookingId'], equals: bookingId }
        const jobs = await database.workerJob.findMany({ where: { payload }, select: { status: true } })
        expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['completed']))
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(provider.mostAtOnce()).toBe(1)
    expect(await database.contextSummary.count({ where: { bookingId } })).toBe(1)
  }, 60_000)
})

describe('a pastor’s rating of a brief', () => {
  it('is stored with how the brief was written but without its text, and outlives it', async () => {
    const { database } = church.deps
    const bookingId = await addBooking(church.deps, church.pastor.viewer)
    const id = await addSummary(church.deps, church.pastor.viewer, bookingId, 'A brief of mine.')
    expect((await feedback(church.pastor, id, 'WRONG')).data).toEqual({
      giveSummaryFeedback: { summary: { feedback: 'WRONG' } },
    })
    await feedback(church.pastor, id, 'USEFUL')
    await database.contextSummary.deleteMany({ where: { id } })
    expect(await database.summaryFeedback.findMany({ where: { bookingId } })).toMatchObject([
      { summaryId: id, verdict: 'useful', method: 'rule-based', provider: null, model: null },
    ])
  })

  it('can be given, seen and withdrawn only by its pastor', async () => {
    const bookingId = await addBooking(church.deps, church.pastor.viewer)
    const id = await addSummary(church.deps, church.pastor.viewer, bookingId, 'A brief of mine.')
    for (const person of [church.otherPastor, church.admin]) {
      expect(errorOf(await feedback(person, id, 'USEFUL'))).toMatchObject({ code: 'NOT_FOUND' })
    }
    await feedback(church.pastor, id, 'USEFUL')
    const seen = await church.ask(church.admin, '{ contextSummaries(first: 100) { nodes { feedback } } }')
    expect(JSON.stringify(seen.data)).not.toContain('USEFUL')
    expect((await feedback(church.pastor, id, null)).data).toEqual({
      giveSummaryFeedback: { summary: { feedback: null } },
    })
  })
})
