import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defaultPromptTemplate } from '../../src/features/ai/prompt.model.ts'
import { startProviderServer } from '../fakes/provider-server.ts'
import { addConsent } from '../support/parish.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

let church: RunningChurch
let provider: Awaited<ReturnType<typeof startProviderServer>>
beforeAll(async () => {
  church = await startChurch({ runsJobs: false, variables: { AI_ALLOWED_NETWORKS: '127.0.0.1/32' } })
  provider = await startProviderServer()
})
beforeEach(async () => {
  await church.deps.database.aiConfiguration.deleteMany()
  await church.deps.database.systemSetting.deleteMany()
})
afterAll(async () => {
  await church.close()
  await provider.close()
})

const all = `id owner { name } provider model maxTokens temperature promptTemplate piiDetection retentionDays isActive mayGetHighSensitivity`
const mutation = (name: string, input: string, selection = `aiConfiguration { ${all} }`) =>
  `mutation($input: ${input}!) { ${name}(input: $input) { ${selection} } }`
const base = { provider: 'LOCAL', model: 'llama3.2', promptTemplate: defaultPromptTemplate }
type Row = Readonly<{ id: string; model: string; isActive: boolean; mayGetHighSensitivity: boolean }>

const create = (person: Person | null, input: Record<string, unknown>) =>
  church.ask<{ createAiConfiguration: { aiConfiguration: Row } }>(
    person,
    mutation('createAiConfiguration', 'CreateAiConfigurationInput'),
    { input: { ...base, ...input } },
  )
const change = (person: Person, input: Record<string, unknown>) =>
  church.ask<{ changeAiConfiguration: { aiConfiguration: Row } }>(
    person,
    mutation('changeAiConfiguration', 'ChangeAiConfigurationInput'),
    { input },
  )
const consent = (person: Person, id: string, mayGetHighSensitivity: boolean) =>
  church.ask(person, mutation('setAiConsent', 'SetAiConsentInput'), { input: { id, mayGetHighSensitivity } })
const listed = async (person: Person) =>
  (
    await church.ask<{ aiConfigurations: { nodes: Row[]; totalCount: number } }>(
      person,
      `{ aiConfigurations { totalCount nodes { ${all} } } }`,
    )
  ).data?.aiConfigurations
const idOf = (globalId: string) => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions
const createdBy = async (person: Person, input: Record<string, unknown>): Promise<Row> => {
  const { data } = await create(person, input)
  if (!data) throw new Error('It was not made.')
  return data.createAiConfiguration.aiConfiguration
}

describe('an AI configuration', () => {
  it('has the documented defaults, and the church’s can be created only by an admin', async () => {
    const { data, errors } = await create(church.admin, { isForChurch: true })
    expect(errors).toBeUndefined()
    expect(data?.createAiConfiguration.aiConfiguration).toMatchObject({
      owner: null,
      provider: 'LOCAL',
      maxTokens: 1_000,
      temperature: 0.7,
      piiDetection: true,
      retentionDays: 90,
      isActive: true,
      mayGetHighSensitivity: false,
    })
    const entries = await church.deps.database.auditLog.findMany({ where: { action: 'ai_configuration.created' } })
    expect(entries.at(-1)?.metadata).toEqual({ provider: 'local' })
  })

  it('of a pastor exists for that pastor and admins; the church’s exists for everyone', async () => {
    const ofChurch = await createdBy(church.admin, { isForChurch: true })
    const own = await createdBy(church.pastor, { isForChurch: false })
    expect((await listed(church.pastor))?.nodes.map(({ id }) => id)).toEqual([own.id, ofChurch.id])
    expect(await listed(church.otherPastor)).toMatchObject({ totalCount: 1, nodes: [{ id: ofChurch.id }] })
    expect((await listed(church.admin))?.totalCount).toBe(2)
    expect(errorOf(await change(church.otherPastor, { id: own.id, model: 'x' }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(errorOf(await change(church.admin, { id: own.id, model: 'x' }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await change(church.pastor, { id: ofChurch.id, model: 'x' }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await create(church.pastor, { isForChurch: true }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(errorOf(await create(null, { isForChurch: false }))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('that is activated replaces the active one, in its own scope only', async () => {
    const ofChurch = await createdBy(church.admin, { isForChurch: true })
    const first = await createdBy(church.pastor, { isForChurch: false, model: 'first' })
    const second = await createdBy(church.pastor, { isForChurch: false, model: 'second' })
    const active = async () =>
      (await listed(church.admin))?.nodes.filter(({ isActive }) => isActive).map(({ id }) => id)
    expect(await active()).toEqual([second.id, ofChurch.id])
    await Promise.all([
      change(church.pastor, { id: first.id, isActive: true }),
      change(church.pastor, { id: second.id, isActive: true }),
    ])
    expect(await active()).toHaveLength(2)
  })

  it.each([
    [{ promptTemplate: 'Hello {{form}} {{secret}}' }, 'promptTemplate', 'UNKNOWN_VARIABLE'],
    [{ promptTemplate: 'Hello {{people}}' }, 'promptTemplate', 'NO_FORM'],
    [{ promptTemplate: '{{form}} {{people' }, 'promptTemplate', 'UNCLOSED_VARIABLE'],
    [{ promptTemplate: '  ' }, 'promptTemplate', 'EMPTY'],
    [{ promptTemplate: `{{form}}${'x'.repeat(8_000)}` }, 'promptTemplate', 'TOO_LONG'],
    [{ temperature: 2.5 }, 'temperature', 'from 0 to 2'],
    [{ maxTokens: 1 }, 'maxTokens', 'from 50 to'],
    [{ retentionDays: 0 }, 'retentionDays', 'from 1 to'],
    [{ model: 'a model; rm -rf' }, 'model', 'name of a model'],
  ])('is rejected on its field: %o', async (input, field, text) => {
    const answer = await create(church.admin, { isForChurch: true, ...input })
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', field })
    expect(answer.errors?.[0]?.message).toContain(text)
  })

  it('can’t be read or changed with a token', async () => {
    const token = await addToken(church, church.admin, ['settings:read', 'settings:write'])
    for (const document of ['{ aiConfigurations { totalCount } }', '{ defaultPromptTemplate }']) {
      expect(errorOf(await askWithToken(church, token, document))).toMatchObject({ code: 'FORBIDDEN' })
    }
  })

  it('can be deleted by those who may change it', async () => {
    const own = await createdBy(church.pastor, { isForChurch: false })
    const remove = (person: Person) =>
      church.ask(person, mutation('deleteAiConfiguration', 'DeleteAiConfigurationInput', 'deletedId'), {
        input: { id: own.id },
      })
    expect(errorOf(await remove(church.otherPastor))).toMatchObject({ code: 'NOT_FOUND' })
    expect((await remove(church.pastor)).data).toEqual({ deleteAiConfiguration: { deletedId: own.id } })
    expect((await listed(church.pastor))?.totalCount).toBe(0)
  })
})

describe('sending HIGH bookings', () => {
  it('needs a separate consent of each pastor, which lapses with the first when the terms change', async () => {
    const { id } = await createdBy(church.admin, { isForChurch: true, provider: 'OPENAI', model: 'gpt-4o-mini' })
    const mayGetHigh = async (person: Person) => (await listed(person))?.nodes[0]?.mayGetHighSensitivity
    const agree = async () => addConsent(church.deps.database, church.pastor.userId, idOf(id))
    expect(errorOf(await consent(church.pastor, id, true))).toMatchObject({ code: 'CONFLICT' })
    await agree()
    expect(await mayGetHigh(church.pastor)).toBe(false)
    expect((await consent(church.pastor, id, true)).errors).toBeUndefined()
    expect([await mayGetHigh(church.pastor), await mayGetHigh(church.otherPastor)]).toEqual([true, false])
    expect(errorOf(await consent(church.admin, id, true))).toMatchObject({ code: 'FORBIDDEN' })
    await change(church.admin, { id, temperature: 0.2 })
    expect(await mayGetHigh(church.pastor)).toBe(true)
    await change(church.admin, { id, model: 'another' })
    expect(await mayGetHigh(church.pastor)).toBe(false)
    expect(errorOf(await consent(church.pastor, id, true))).toMatchObject({ code: 'CONFLICT' })
    await church.deps.database.aiConsent.deleteMany()
    await agree()
    await consent(church.pastor, id, true)
    await consent(church.pastor, id, false)
    expect(await mayGetHigh(church.pastor)).toBe(false)
  })
})

describe('before a configuration is used', () => {
  it('its template can be previewed with a made-up booking, with placeholders marked', async () => {
    const preview = (promptTemplate: string, piiDetection = true) =>
      church.ask<{
        previewAiPrompt: { prompt: string | null; faults: { code: string }[]; placeholders: { original: string }[] }
      }>(
        church.pastor,
        'query($t: String!, $p: Boolean!) { previewAiPrompt(promptTemplate: $t, piiDetection: $p) { prompt instructions faults { code message } placeholders { placeholder original } } }',
        { t: promptTemplate, p: piiDetection },
      )
    const shown = (await preview(defaultPromptTemplate)).data?.previewAiPrompt
    expect(shown?.faults).toEqual([])
    expect(shown?.prompt).not.toMatch(/Grace|Okafor|Will|Turner|Helen|Elm Street|4477/)
    expect(shown?.placeholders.map(({ original }) => original)).toEqual(
      expect.arrayContaining(['Grace Okafor', 'Will Turner', 'Helen', '555-010-4477']),
    )
    expect((await preview(defaultPromptTemplate, false)).data?.previewAiPrompt.prompt).toContain('Grace Okafor')
    expect((await preview('{{nothing}}')).data?.previewAiPrompt).toMatchObject({
      prompt: null,
      faults: [{ code: 'UNKNOWN_VARIABLE' }, { code: 'NO_FORM' }],
    })
  })

  it.each([
    ['wrong key', { isReachable: false, failure: 'WRONG_KEY', text: null }],
    ['unknown model', { isReachable: false, failure: 'UNKNOWN_MODEL', text: null }],
    [
      { brief: { about: '[PERSON_1] will marry.', asksFor: null, goodToKnow: [] } },
      { isReachable: true, failure: null, isSlow: false, text: 'Grace Okafor will marry.' },
    ],
  ] as const)('its provider can be tested: %o', async (behaviour, outcome) => {
    const { id } = await createdBy(church.admin, { isForChurch: true })
    await church.ask(
      church.admin,
      'mutation($v: JSON!) { setSystemSetting(input: { key: "ai.local.baseUrl", value: $v }) { systemSetting { key } } }',
      { v: provider.baseUrl },
    )
    provider.behave(behaviour)
    const test = (person: Person) =>
      church.ask(
        person,
        mutation('testAiConfiguration', 'TestAiConfigurationInput', 'isReachable failure isSlow text'),
        { input: { id } },
      )
    expect((await test(church.admin)).data).toMatchObject({ testAiConfiguration: outcome })
    expect(errorOf(await test(church.pastor))).toMatchObject({ code: 'FORBIDDEN' })
  })

  it('a test reports that no configuration is set', async () => {
    const { id } = await createdBy(church.admin, { isForChurch: true, provider: 'OPENAI', model: 'gpt-4o-mini' })
    const { data } = await church.ask(
      church.admin,
      mutation('testAiConfiguration', 'TestAiConfigurationInput', 'isReachable failure'),
      { input: { id } },
    )
    expect(data).toEqual({ testAiConfiguration: { isReachable: false, failure: 'NOT_CONFIGURED' } })
  })
})
