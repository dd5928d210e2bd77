import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bookingWebhook, type SimulatedBooking } from '../../src/commands/simulate/payloads.ts'
import { startProviderServer } from '../fakes/provider-server.ts'
import { bookingNumber, personNamed, signatureOf } from '../support/cal.ts'
import { asSuperuser } from '../support/database.ts'
import { type Answer, type Person, type RunningChurch, startChurch, webhookSecret } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let provider: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  church = await startChurch({ runsJobs: true, variables: { AI_ALLOWED_NETWORKS: '127.0.0.1/32' } })
  provider = await startProviderServer()
})
beforeEach(async () => {
  await church.deps.database.aiConfiguration.deleteMany()
  await church.deps.database.systemSetting.deleteMany()
  await checkedAgo(church.admin, 0)
  provider.requests.splice(0)
  provider.behave(brief)
})
afterAll(async () => {
  await church.close()
  await provider.close()
})

const brief = { brief: { about: 'They want to talk.', asksFor: null, goodToKnow: [] } }
let lastBooking = 100

async function deliver(booking: SimulatedBooking): Promise<string> {
  const body = JSON.stringify(bookingWebhook('BOOKING_CREATED', new Date(), booking))
  const headers = { 'content-type': 'application/json', 'x-cal-signature-256': signatureOf(webhookSecret, body) }
  const response = await fetch(`${church.url}/webhooks/calcom`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  return booking.uid
}

/** The newest brief of a booking, excluding those given. */
const briefOf = (uid: string, without: readonly string[] = []) =>
  vi.waitFor(
    () =>
      church.deps.database.contextSummary.findFirstOrThrow({
        where: { booking: { calBookingUid: uid }, id: { notIn: [...without] } },
      }),
    { timeout: 15_000, interval: 25 },
  )

function projectBooking(notes: string, more: Partial<SimulatedBooking> = {}): SimulatedBooking {
  lastBooking += 1
  const organizer = { id: 1, name: 'Pastor Paul', username: 'pastor-paul', email: 'pastor-paul@church.example' }
  return bookingNumber(lastBooking, { notes, pastor: { ...organizer, timeZone: 'Europe/Berlin' }, ...more })
}

/** Delivers a booking of the pastor by Cal.com webhook; resolves with how its brief was written. */
async function bookingArrives(notes = 'I would like to talk.', more: Partial<SimulatedBooking> = {}) {
  return (await briefOf(await deliver(projectBooking(notes, more)))).metadata
}

const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions
const setMutation =
  'mutation($k: String!, $v: JSON!) { setSystemSetting(input: { key: $k, value: $v }) { systemSetting { key } } }'
const set = (person: Person, key: string, value: unknown) => church.ask(person, setMutation, { k: key, v: value })
const succeeds = async (answer: Promise<Answer>): Promise<void> => expect((await answer).errors).toBeUndefined()

/** Sets the last password check of a person's session to this many minutes ago. */
const checkedAgo = (person: Person, minutes: number) =>
  church.deps.database.$executeRaw`
    UPDATE sessions SET "passwordCheckedAt" = now() - ${minutes} * interval '1 minute'
    WHERE id = ${person.viewer.sessionId}`

async function create(person: Person, input: Record<string, unknown> = {}): Promise<string> {
  const { data, text } = await church.ask<{ createAiConfiguration: { aiConfiguration: { id: string } } }>(
    person,
    'mutation($input: CreateAiConfigurationInput!) { createAiConfiguration(input: $input) { aiConfiguration { id } } }',
    {
      input: {
        isForChurch: person === church.admin,
        provider: 'LOCAL',
        model: 'llama3.2',
        promptTemplate: '{{people}} {{form}}',
        ...input,
      },
    },
  )
  if (!data) throw new Error(text)
  return data.createAiConfiguration.aiConfiguration.id
}
const change = (person: Person, input: Record<string, unknown>) =>
  church.ask(
    person,
    'mutation($input: ChangeAiConfigurationInput!) { changeAiConfiguration(input: $input) { aiConfiguration { id } } }',
    { input },
  )

type Agreement = {
  state: string
  address: string | null
  lapsedBecause: string[]
  termsDigest: string | null
  includesHighSensitivity: boolean
}
async function agreementOf(person: Person, id: string): Promise<Agreement | null> {
  const { data } = await church.ask<{ node: { agreement: Agreement | null } }>(
    person,
    `query($id: ID!) { node(id: $id) { ... on AiConfiguration {
      agreement { state address lapsedBecause termsDigest includesHighSensitivity agreedAt } } } }`,
    { id },
  )
  return data?.node.agreement ?? null
}
const agree = (person: Person, input: Record<string, unknown>) =>
  church.ask(
    person,
    'mutation($input: AgreeToAiConfigurationInput!) { agreeToAiConfiguration(input: $input) { aiConfiguration { id } } }',
    { input },
  )
const withdraw = (person: Person, id: string) =>
  church.ask(person, 'mutation($id: ID!) { withdrawAiConsent(input: { id: $id }) { aiConfiguration { id } } }', { id })
/** Reads the terms as the pastor and agrees to them. */
async function agreeAsShown(person: Person, id: string, more: Record<string, unknown> = {}): Promise<void> {
  const termsDigest = (await agreementOf(person, id))?.termsDigest
  await succeeds(agree(person, { id, termsDigest, ...more }))
}

/** Offers the fake provider for the church, without any consent. */
async function createConfiguration(): Promise<string> {
  await succeeds(set(church.admin, 'ai.local.baseUrl', provider.baseUrl))
  return create(church.admin)
}

const byRules = (reason: string) => ({ method: 'rule-based', reason })

describe('the church’s AI configuration', () => {
  it('sends no text of a booking whose pastor hasn’t agreed', async () => {
    const id = await createConfiguration()
    expect(await bookingArrives('A matter for my pastor alone.')).toMatchObject(byRules('NO_CONSENT'))
    expect(provider.requests).toEqual([])
    expect((await agreementOf(church.pastor, id))?.state).toBe('NOT_GIVEN')
    expect(await agreementOf(church.admin, id)).toBeNull()
  })

  it('sends what the pastor agreed to, each text logged for the pastor before it leaves', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    expect(await agreementOf(church.pastor, id)).toMatchObject({ state: 'IN_FORCE', address: provider.baseUrl })
    expect((await agreementOf(church.otherPastor, id))?.state).toBe('NOT_GIVEN')
    provider.behave('overloaded', brief)
    expect(await bookingArrives()).toMatchObject({ method: 'ai-generated' })
    const log =
      '{ auditLogs(filter: { action: ["ai.text_sent"] }, first: 2) { totalCount nodes { metadata booking { id } } } }'
    const { data } = await church.ask<{ auditLogs: { nodes: { metadata: object; booking: object | null }[] } }>(
      church.pastor,
      log,
    )
    // The second attempt is a separate send.
    const sent = { provider: 'local', address: new URL(provider.baseUrl).origin, isMasked: true }
    expect(data?.auditLogs.nodes.map(({ metadata }) => metadata)).toEqual([
      { ...sent, model: 'llama3.2' },
      { ...sent, model: 'llama3.2' },
    ])
    expect(data?.auditLogs.nodes[0]?.booking).not.toBeNull()
    expect(provider.requests).toHaveLength(2)
    expect((await church.ask(church.otherPastor, log)).data).toMatchObject({ auditLogs: { totalCount: 0 } })
  })

  it('shows an admin how many pastors agreed, but not who', async () => {
    const id = await createConfiguration()
    const count = async (person: Person) =>
      (
        await church.ask<{ node: { agreedPastorCount: number | null } }>(
          person,
          'query($id: ID!) { node(id: $id) { ... on AiConfiguration { agreedPastorCount } } }',
          { id },
        )
      ).data?.node.agreedPastorCount
    await agreeAsShown(church.pastor, id)
    expect([await count(church.admin), await count(church.pastor)]).toEqual([1, null])
    await succeeds(change(church.admin, { id, model: 'another' }))
    expect(await count(church.admin)).toBe(0)
  })

  it('is agreed to by pastors, for themselves, under the terms that were shown', async () => {
    const id = await createConfiguration()
    const shown = (await agreementOf(church.pastor, id))?.termsDigest
    await succeeds(change(church.admin, { id, promptTemplate: 'Everything: {{form}}' }))
    expect(errorOf(await agree(church.pastor, { id, termsDigest: shown }))).toMatchObject({ code: 'CONFLICT' })
    const termsDigest = (await agreementOf(church.pastor, id))?.termsDigest
    expect(errorOf(await agree(church.admin, { id, termsDigest }))).toMatchObject({ code: 'FORBIDDEN' })
    const own = await create(church.otherPastor)
    expect(errorOf(await agree(church.pastor, { id: own, termsDigest }))).toMatchObject({ code: 'NOT_FOUND' })
    const token = await addToken(church, church.pastor, ['bookings:read', 'bookings:write', 'summaries:read'])
    const byToken = await askWithToken(
      church,
      token,
      'mutation($input: AgreeToAiConfigurationInput!) { agreeToAiConfiguration(input: $input) { aiConfiguration { id } } }',
      { input: { id, termsDigest } },
    )
    expect(errorOf(byToken)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await church.deps.database.aiConsent.count()).toBe(0)
  })

  it('sends nothing after the consent is withdrawn, not even a retry', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    provider.behave({ brief: 'no brief at all', afterMs: 700 }, brief)
    const uid = await deliver(projectBooking('I would like to talk.'))
    await vi.waitFor(() => expect(provider.requests).toHaveLength(1), { timeout: 15_000, interval: 10 })
    await succeeds(withdraw(church.pastor, id))
    expect((await briefOf(uid)).metadata).toMatchObject(byRules('NO_CONSENT'))
    expect(provider.requests).toHaveLength(1)
    await succeeds(withdraw(church.pastor, id))
    expect(await church.deps.database.auditLog.count({ where: { action: 'ai_configuration.consent_withdrawn' } })).toBe(
      1,
    )
  })
})

describe('a consent lapses', () => {
  const changes: readonly [string, (id: string) => Promise<unknown>, string[]][] = [
    ['provider', (id) => succeeds(change(church.admin, { id, provider: 'OPENAI' })), ['PROVIDER', 'ADDRESS']],
    ['model', (id) => succeeds(change(church.admin, { id, model: 'another' })), ['MODEL']],
    ['template', (id) => succeeds(change(church.admin, { id, promptTemplate: 'Tell all: {{form}}' })), ['TEMPLATE']],
    ['address', () => succeeds(set(church.admin, 'ai.local.baseUrl', `${provider.baseUrl}/other`)), ['ADDRESS']],
    [
      'address, by SQL',
      () =>
        church.deps.database
          .$executeRaw`UPDATE system_settings SET value = '"http://127.0.0.1:9/v1"' WHERE key = 'ai.local.baseUrl'`,
      ['ADDRESS'],
    ],
    [
      'template, by SQL that no trigger sees',
      () =>
        asSuperuser(async (client) => {
          await client.query("SET session_replication_role = 'replica'")
          await client.query(`UPDATE ai_configurations SET "promptTemplate" = 'All of it: {{form}}'`)
          await client.query("SET session_replication_role = 'origin'")
        }, church.databaseUrl),
      ['TEMPLATE'],
    ],
  ]
  it.each(changes)('when the configuration has another %s', async (_what, change, because) => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id, { includesHighSensitivity: true })
    await change(id)
    expect(await agreementOf(church.pastor, id)).toMatchObject({
      state: 'LAPSED',
      lapsedBecause: because,
      includesHighSensitivity: false,
    })
    expect(await bookingArrives()).toMatchObject(byRules('CONSENT_LAPSED'))
    expect(provider.requests).toEqual([])
  })

  it('permanently: moving an address away and back doesn’t restore it', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    await succeeds(set(church.admin, 'ai.local.baseUrl', 'http://127.0.0.1:9/v1'))
    await succeeds(set(church.admin, 'ai.local.baseUrl', provider.baseUrl))
    expect(await agreementOf(church.pastor, id)).toMatchObject({ state: 'LAPSED', lapsedBecause: [] })
    expect(await bookingArrives()).toMatchObject(byRules('CONSENT_LAPSED'))
    await agreeAsShown(church.pastor, id)
    expect(await bookingArrives()).toMatchObject({ method: 'ai-generated' })
  })

  it('only when a term changes', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    await succeeds(
      change(church.admin, { id, temperature: 0.1, maxTokens: 700, retentionDays: 30, confirmedCount: 1_000 }),
    )
    await succeeds(set(church.admin, 'ai.local.baseUrl', provider.baseUrl))
    expect((await agreementOf(church.pastor, id))?.state).toBe('IN_FORCE')
  })
})

describe('sending HIGH bookings', () => {
  it('needs a separate consent', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    expect(await bookingArrives('I want to kill myself.')).toMatchObject(byRules('HIGH_SENSITIVITY'))
    expect(provider.requests).toEqual([])
    await agreeAsShown(church.pastor, id, { includesHighSensitivity: true })
    expect(await bookingArrives('I want to kill myself.')).toMatchObject({ method: 'ai-generated' })
  })
})

describe('a booking that is handed over', () => {
  it('is sent under its new pastor’s consent', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    const uid = await deliver(projectBooking('I would like to talk.'))
    const { id: first, bookingId } = await briefOf(uid)
    expect(provider.requests).toHaveLength(1)
    const global = (type: string, of: string) => Buffer.from(`${type}:${of}`).toString('base64')
    const input = { bookingId: global('Booking', bookingId), toUserId: global('User', church.otherPastor.userId) }
    const { errors } = await church.ask(
      church.pastor,
      'mutation($input: HandOverBookingInput!) { handOverBooking(input: $input) { bookingId } }',
      { input },
    )
    expect(errors).toBeUndefined()
    expect((await briefOf(uid, [first])).metadata).toMatchObject(byRules('NO_CONSENT'))
    expect(provider.requests).toHaveLength(1)
  })
})

describe('masking', () => {
  it('can’t be turned off for the church', async () => {
    await expect(create(church.admin, { piiDetection: false })).rejects.toThrow('Only a pastor')
    const id = await create(church.admin)
    expect(errorOf(await change(church.admin, { id, piiDetection: false }))).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'piiDetection',
    })
    await expect(church.deps.database.$executeRaw`UPDATE ai_configurations SET "piiDetection" = false`).rejects.toThrow(
      'ai_configurations_church_masking_check',
    )
  })

  it('is turned off by pastors for their own bookings, after they see the text that would be sent', async () => {
    await succeeds(set(church.admin, 'ai.local.baseUrl', provider.baseUrl))
    const id = await create(church.pastor, { piiDetection: false })
    const people = [personNamed('Philippa', 'Quist')]
    // The pastor's very next booking, in the next hour.
    const start = new Date(Date.now() + 3_600_000)
    expect(await bookingArrives('Jorge has died.', { people, start })).toMatchObject(byRules('NO_CONSENT'))
    // The terms are not available without the text.
    expect((await agreementOf(church.pastor, id))?.termsDigest).toBeNull()
    const preview = (person: Person) =>
      church.ask<{ previewAiRequest: { isExample: boolean; prompt: string; termsDigest: string } }>(
        person,
        'mutation($id: ID!) { previewAiRequest(input: { id: $id }) { isExample prompt termsDigest } }',
        { id },
      )
    for (const other of [church.otherPastor, church.admin]) {
      expect(errorOf(await preview(other))).toMatchObject({ code: 'NOT_FOUND' })
    }
    const before = await church.deps.database.auditLog.count({
      where: { action: 'intake.read', userId: church.pastor.userId },
    })
    const shown = (await preview(church.pastor)).data?.previewAiRequest
    expect(shown).toMatchObject({ isExample: false, prompt: expect.stringContaining('Philippa Quist') })
    expect(
      await church.deps.database.auditLog.count({ where: { action: 'intake.read', userId: church.pastor.userId } }),
    ).toBe(before + 1)
    expect(provider.requests).toEqual([])
    await succeeds(agree(church.pastor, { id, termsDigest: shown?.termsDigest }))
    expect(await bookingArrives('Jorge has died.', { people })).toMatchObject({ method: 'ai-generated' })
    expect(provider.requests[0]?.body).toContain('Philippa Quist')
  })
})

describe('an API key', () => {
  const key = 'sk-canary-for-one-address'

  it('is sent only to the address it was entered for', async () => {
    await succeeds(set(church.admin, 'ai.openai.baseUrl', provider.baseUrl))
    await succeeds(set(church.admin, 'ai.openai.apiKey', key))
    const id = await create(church.admin, { provider: 'OPENAI', model: 'gpt-4o-mini' })
    await agreeAsShown(church.pastor, id)
    expect(await bookingArrives()).toMatchObject({ method: 'ai-generated' })
    expect(provider.requests[0]?.headers.authorization).toContain(key)
    await succeeds(set(church.admin, 'ai.openai.baseUrl', `${provider.baseUrl}/elsewhere`))
    await agreeAsShown(church.pastor, id)
    expect(await bookingArrives()).toMatchObject(byRules('NOT_CONFIGURED'))
    const { data } = await church.ask(
      church.admin,
      'mutation($id: ID!) { testAiConfiguration(input: { id: $id }) { failure } }',
      { id },
    )
    expect(data).toEqual({ testAiConfiguration: { failure: 'NOT_CONFIGURED' } })
    expect(provider.requests).toHaveLength(1)
    await succeeds(set(church.admin, 'ai.openai.apiKey', key))
    expect(await bookingArrives()).toMatchObject({ method: 'ai-generated' })
  })

  it('from before an upgrade is valid for the provider’s own address', async () => {
    const { vault, database, newId } = church.deps
    const id = newId()
    const aadContext = { column: 'system_settings.value', rowId: id, ownerId: 'system' } as const
    const value = await vault.encrypt(key, aadContext)
    await database.systemSetting.create({ data: { id, key: 'ai.openai.apiKey', value, isEncrypted: true } })
    await succeeds(set(church.admin, 'ai.openai.baseUrl', provider.baseUrl))
    const configuration = await create(church.admin, { provider: 'OPENAI', model: 'gpt-4o-mini' })
    await agreeAsShown(church.pastor, configuration)
    expect(await bookingArrives()).toMatchObject(byRules('NOT_CONFIGURED'))
    expect(provider.requests).toEqual([])
  })

  it('of a local server is entered after its address', async () => {
    expect(errorOf(await set(church.admin, 'ai.local.apiKey', key))).toEqual({ code: 'BAD_USER_INPUT', field: 'value' })
  })
})

describe('the audit log', () => {
  it('keeps a text from being sent if it can’t record the entry', async () => {
    const id = await createConfiguration()
    await agreeAsShown(church.pastor, id)
    await asSuperuser(
      (client) =>
        client.query(`
          CREATE FUNCTION refuse_sent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
          CREATE TRIGGER refuse_sent BEFORE INSERT ON audit_logs FOR EACH ROW WHEN (NEW.action = 'ai.text_sent')
            EXECUTE FUNCTION refuse_sent()`),
      church.databaseUrl,
    )
    try {
      expect(await bookingArrives()).toMatchObject(byRules('NOT_RECORDED'))
      expect(provider.requests).toEqual([])
    } finally {
      await asSuperuser((client) => client.query('DROP FUNCTION refuse_sent() CASCADE'), church.databaseUrl)
    }
  })
})

describe('changing an address or a key', () => {
  const confirm = (person: Person, password: string) =>
    church.ask(person, 'mutation($p: String!) { confirmPassword(input: { password: $p }) { viewer { id } } }', {
      p: password,
    })

  it.each([
    ['ai.local.baseUrl', 'http://127.0.0.1:9/v1'],
    ['ai.openai.baseUrl', 'https://api.openai.com/v1'],
    ['ai.openai.apiKey', 'sk-canary-for-one-address'],
    ['audit.retentionMonths', 12],
  ])('%s needs a session whose password was checked within ten minutes', async (key, value) => {
    await checkedAgo(church.admin, 11)
    const remove = (person: Person) =>
      church.ask(
        person,
        'mutation($k: String!) { deleteSystemSetting(input: { key: $k }) { systemSetting { key } } }',
        {
          k: key,
        },
      )
    for (const refused of [await set(church.admin, key, value), await remove(church.admin)]) {
      expect(errorOf(refused)).toEqual({ code: 'PASSWORD_REQUIRED' })
    }
    expect(await church.deps.database.systemSetting.count()).toBe(0)
    expect(errorOf(await confirm(church.admin, 'not the password'))).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'password',
    })
    expect(errorOf(await set(church.admin, key, value))).toEqual({ code: 'PASSWORD_REQUIRED' })
    await succeeds(confirm(church.admin, 'a password that only tests have'))
    await succeeds(set(church.admin, key, value))
    await succeeds(remove(church.admin))
    const entries = await church.deps.database.auditLog.findMany({
      where: { userId: church.admin.userId, action: { startsWith: 'session.password' } },
      orderBy: { createdAt: 'desc' },
      take: 2,
    })
    expect(entries.map(({ action }) => action)).toEqual(['session.password_confirmed', 'session.password_refused'])
  })

  it('is refused to tokens, whatever their scopes', async () => {
    const token = await addToken(church, church.admin, ['settings:read', 'settings:write'])
    const answer = await askWithToken(church, token, setMutation, { k: 'ai.local.baseUrl', v: provider.baseUrl })
    expect(answer.errors?.[0]).toMatchObject({
      message: "API tokens can't do this. Sign in instead.",
      extensions: { code: 'FORBIDDEN' },
    })
    expect(await church.deps.database.systemSetting.count()).toBe(0)
  })

  it('is refused to a session with no known password check', async () => {
    await church.deps.database.session.updateMany({ data: { passwordCheckedAt: null } })
    expect(errorOf(await set(church.admin, 'ai.local.baseUrl', provider.baseUrl))).toEqual({
      code: 'PASSWORD_REQUIRED',
    })
    // A clock that is hours ahead doesn't make a session fresh for hours.
    await checkedAgo(church.admin, -120)
    expect(errorOf(await set(church.admin, 'ai.local.baseUrl', provider.baseUrl))).toEqual({
      code: 'PASSWORD_REQUIRED',
    })
  })
})

describe('without AI_ALLOWED_NETWORKS', () => {
  it('every address off the public internet gets the same response, whatever listens there', async () => {
    const withoutWorkers = await startChurch({ runsJobs: false })
    const listening = createServer().listen(0, '127.0.0.1')
    try {
      const { data } = await withoutWorkers.ask<{ createAiConfiguration: { aiConfiguration: { id: string } } }>(
        withoutWorkers.admin,
        `mutation { createAiConfiguration(input: { isForChurch: true, provider: LOCAL, model: "m", promptTemplate: "{{form}}" }) {
          aiConfiguration { id } } }`,
      )
      const id = data?.createAiConfiguration.aiConfiguration.id
      const outcomes = []
      for (const host of [
        new URL(provider.baseUrl).host,
        '127.0.0.1:1',
        'localhost:1',
        `localhost:${new URL(provider.baseUrl).port}`,
        '10.0.0.1',
        '192.168.1.1:22',
        '169.254.169.254',
        '[::1]:22',
        '[::ffff:127.0.0.1]:22',
        '[fd00::1]',
        '0.0.0.0:22',
        '2130706433:22',
        '0x7f.1:22',
      ]) {
        await withoutWorkers.ask(withoutWorkers.admin, setMutation, { k: 'ai.local.baseUrl', v: `http://${host}/v1` })
        const { text } = await withoutWorkers.ask(
          withoutWorkers.admin,
          'mutation($id: ID!) { testAiConfiguration(input: { id: $id }) { isReachable failure isSlow tookMilliseconds text } }',
          { id },
        )
        outcomes.push(JSON.parse(text).data)
      }
      const refused = { isReachable: false, failure: 'ADDRESS_REFUSED', isSlow: false, tookMilliseconds: 0, text: null }
      expect(outcomes).toEqual(outcomes.map(() => ({ testAiConfiguration: refused })))
      expect(provider.requests).toEqual([])
    } finally {
      listening.close()
      await withoutWorkers.close()
    }
  })
})
