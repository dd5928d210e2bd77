import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startProviderServer } from '../../../../test/fakes/provider-server.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import {
  addBooking,
  addConsent,
  addFreshSession,
  addPerson,
  openTestVault,
  testOrigin,
  testProviderFetch,
} from '../../../../test/support/parish.ts'
import type { PersonViewer } from '../../../core/access/viewer.ts'
import { createAuditedReader } from '../../../core/audit/read/audited-reader.ts'
import type { OpenDeps } from '../../../core/audit/read/open-audited.ts'
import type { Prisma } from '../../../platform/database/client.ts'
import { newId } from '../../../platform/ids.ts'
import { defaultPromptTemplate } from '../../ai/prompt.model.ts'
import { setSystemSetting } from '../../settings/set-system-setting.ts'
import { summaryMetadataSchema } from '../model.ts'
import { openSummaries } from '../read/open-summaries.ts'
import { type GenerateSummaryDeps, generateSummary } from './generate-summary.ts'

const now = new Date('2026-08-01T12:00:00Z')
const clock = { now: () => now }

let fresh: FreshDatabase
let deps: GenerateSummaryDeps & OpenDeps
let provider: Awaited<ReturnType<typeof startProviderServer>>
let pastor: PersonViewer
let admin: PersonViewer

beforeAll(async () => {
  fresh = await freshDatabase()
  provider = await startProviderServer()
  deps = {
    auditedReader: createAuditedReader(fresh.database),
    database: fresh.database,
    vault: await openTestVault(fresh.database),
    newId,
    clock,
    providerFetch: testProviderFetch,
  }
  admin = await addFreshSession(fresh.database, await addPerson(fresh.database, 'admin'), clock)
})
beforeEach(async () => {
  pastor = await addPerson(fresh.database, 'pastor')
  await fresh.database.aiConfiguration.deleteMany()
  await fresh.database.systemSetting.deleteMany()
})
afterAll(async () => {
  await provider.close()
  await fresh.close()
})

const brief = {
  about: '[PERSON_1] grieves for [PERSON_2].',
  asksFor: 'A visit on Friday.',
  goodToKnow: ['The funeral is over'],
}

function configure(data: Partial<Prisma.AiConfigurationUncheckedCreateInput> = {}) {
  const promptTemplate = defaultPromptTemplate
  return fresh.database.aiConfiguration.create({
    data: { id: newId(), provider: 'local', model: 'llama3.2', promptTemplate, ...data },
  })
}

/** The pastor consents to a configuration as it is, without High bookings unless specified. */
function consentTo({ id }: Readonly<{ id: string }>, more: Readonly<{ includesHighSensitivity?: boolean }> = {}) {
  return addConsent(fresh.database, pastor.userId, id, more)
}

async function setUp(settings: Readonly<Record<string, string>> = { 'ai.local.baseUrl': provider.baseUrl }) {
  for (const [key, value] of Object.entries(settings)) await setSystemSetting(deps, admin, testOrigin, { key, value })
}

async function write(booking: Parameters<typeof addBooking>[2] = { intake: { notes: 'My husband Jorge died.' } }) {
  const bookingId = await addBooking(deps, pastor, booking)
  const summaryId = newId()
  expect(await generateSummary(deps, { bookingId, summaryId })).toBe('written')
  const [summary] = await fresh.database.contextSummary.findMany({ where: { bookingId } })
  const content = (await openSummaries(deps, pastor, testOrigin, [summaryId])).get(summaryId)
  if (!content || content instanceof Error) throw content ?? new Error('There is no summary.')
  return { text: content.text, content, metadata: summaryMetadataSchema.parse(summary?.metadata) }
}

describe('a brief from a provider', () => {
  test('contains the provider’s text, and names the provider', async () => {
    await setUp()
    await consentTo(await configure())
    provider.behave({ brief })
    const { text, metadata } = await write()
    expect(text).toBe(
      'Maria Santos meets you on Tuesday 4 August at 10:00 for 45 minutes (Pastoral Care). No earlier meeting is known. Maria Santos grieves for Jorge. A visit on Friday. Good to know: The funeral is over.',
    )
    expect(metadata).toMatchObject({ method: 'ai-generated', provider: 'local', model: 'llama3.2' })
    expect(metadata).not.toHaveProperty('reason')
    expect(provider.requests.at(-1)?.body).not.toMatch(/Maria|Santos|Jorge|maria@/)
  })

  test('falls back to the rules if the provider fails, with the reason as a code', async () => {
    await setUp()
    await consentTo(await configure())
    provider.behave('overloaded', 'overloaded')
    const { text, metadata } = await write()
    expect(text).toContain('The note says: “My husband Jorge died.”')
    expect(metadata).toMatchObject({ method: 'rule-based', provider: 'local', model: 'llama3.2', reason: 'FAILED' })
  })

  test('falls back to the rules if no key or address is set, and sends nothing', async () => {
    const before = provider.requests.length
    await configure()
    expect((await write()).metadata).toMatchObject({ method: 'rule-based', reason: 'NOT_CONFIGURED' })
    await consentTo(await configure({ userId: pastor.userId, provider: 'openai', model: 'gpt-4o-mini' }))
    expect((await write()).metadata).toMatchObject({ method: 'rule-based', reason: 'NOT_CONFIGURED' })
    expect(provider.requests.length).toBe(before)
  })

  test('states urgency first, whatever the provider returns', async () => {
    await setUp()
    await consentTo(await configure())
    provider.behave({ brief: { about: 'All is well.', asksFor: null, goodToKnow: [] } })
    const { text, content } = await write({ intake: { notes: 'I want to kill myself.' } })
    expect(text).toMatch(/^Urgent: what was written speaks of self-harm\./)
    expect(content.urgentMatters).toEqual(['self-harm'])
  })
})

describe('a High booking', () => {
  test.each([{ sensitivity: 'High' }, { isAnonymous: true }] as const)(
    'is sent to no provider: %o',
    async (columns) => {
      await setUp()
      const { id } = await configure()
      await consentTo({ id })
      const { userId } = await addPerson(fresh.database, 'pastor')
      await addConsent(fresh.database, userId, id, { includesHighSensitivity: true })
      const before = provider.requests.length
      const { metadata } = await write({ intake: { notes: 'A secret.' }, columns })
      expect(metadata).toMatchObject({ method: 'rule-based', reason: 'HIGH_SENSITIVITY' })
      expect(provider.requests.length).toBe(before)
    },
  )

  test('is sent if the pastor has consented to that for the configuration', async () => {
    await setUp()
    await consentTo(await configure(), { includesHighSensitivity: true })
    provider.behave({ brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] } })
    const { metadata } = await write({ columns: { sensitivity: 'High' }, intake: { notes: 'A secret.' } })
    expect(metadata).toMatchObject({ method: 'ai-generated', topic: 'Private' })
  })
})

test('the pastor’s own configuration takes precedence over the church’s, and an inactive one is ignored', async () => {
  await setUp()
  await consentTo(await configure({ model: 'of-the-church' }))
  await configure({ userId: pastor.userId, model: 'switched-off', isActive: false })
  provider.behave({ brief: { about: 'They grieve.', asksFor: null, goodToKnow: [] } })
  expect((await write()).metadata.model).toBe('of-the-church')
  await consentTo(await configure({ userId: pastor.userId, model: 'of-the-pastor' }))
  expect((await write()).metadata.model).toBe('of-the-pastor')
})

test('a brief states how often the same people came before, as far as plaintext shows', async () => {
  const emails = { attendeeEmails: ['Maria@example.org'] }
  const at = (day: string) => ({ startTime: new Date(`${day}T09:00:00Z`), endTime: new Date(`${day}T09:45:00Z`) })
  const intake = { notes: null }
  await write({ intake, columns: { ...emails, ...at('2026-06-02') } })
  await write({ intake, columns: { ...emails, ...at('2026-07-07'), status: 'completed' } })
  await addBooking(deps, pastor, { columns: { ...emails, ...at('2026-07-08'), status: 'cancelled' } })
  await addBooking(deps, await addPerson(fresh.database, 'pastor'), { columns: { ...emails, ...at('2026-07-09') } })
  expect((await write({ intake, columns: emails })).text).toContain(
    'You met 2 times before, last on Tuesday 7 July at 10:00.',
  )
})
