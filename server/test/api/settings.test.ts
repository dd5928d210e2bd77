import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { settingKeys } from '../../src/features/settings/registry.model.ts'
import { pageBothWays } from '../support/paging.ts'
import { type Answer, type Person, type RunningChurch, startChurch } from '../support/running-church.ts'
import { addToken, askWithToken } from '../support/tokens.ts'

const canary = 'sk-canary-bunting-0123456789'

let church: RunningChurch
beforeAll(async () => {
  church = await startChurch({ runsJobs: false })
})
afterEach(() => church.deps.database.systemSetting.deleteMany())
afterAll(() => church.close())

const all = 'key kind meaning value defaultValue least most isSet isEncrypted description updatedBy { name } updatedAt'
const setMutation = `mutation($input: SetSystemSettingInput!) { setSystemSetting(input: $input) { systemSetting { ${all} } } }`
const deleteMutation = `mutation($key: String!) { deleteSystemSetting(input: { key: $key }) { systemSetting { ${all} } } }`
const setSetting = (person: Person | null, input: Record<string, unknown>) => church.ask(person, setMutation, { input })
const remove = (person: Person | null, key: string) => church.ask(person, deleteMutation, { key })
const read = (person: Person | null, key: string) =>
  church.ask(person, `query($key: String!) { systemSetting(key: $key) { ${all} } }`, { key })
const errorOf = ({ errors }: Answer) => errors?.[0]?.extensions

describe('the list of settings', () => {
  it('contains every setting by key, set or not, with its description', async () => {
    const { data } = await church.ask<{ systemSettings: { totalCount: number; nodes: { key: string }[] } }>(
      church.admin,
      `{ systemSettings { totalCount nodes { ${all} } } }`,
    )
    expect(data?.systemSettings.totalCount).toBe(settingKeys.length)
    expect(data?.systemSettings.nodes.map(({ key }) => key)).toEqual(settingKeys)
    expect(data?.systemSettings.nodes).toContainEqual({
      key: 'summaries.retentionDays',
      kind: 'WHOLE_NUMBER',
      meaning: expect.stringContaining('Days after its meeting that a summary is kept'),
      value: null,
      defaultValue: 90,
      least: 1,
      most: 3_650,
      isSet: false,
      isEncrypted: false,
      description: null,
      updatedBy: null,
      updatedAt: null,
    })
  })

  it('is paged in both directions', async () => {
    // A setting has no ID: its key identifies it.
    const ask = async (list: string) => {
      const { data, errors, ...rest } = await church.ask(church.admin, list.replaceAll('{ id }', '{ id: key }'))
      return { ...rest, data, errors }
    }
    expect(await pageBothWays(ask, 'systemSettings')).toEqual(settingKeys)
  })

  it('shows no other rows of the table', async () => {
    const secret = 'a secret of a pastor’s own, long enough'
    await church.ask(
      church.pastor,
      'mutation($s: String!) { setCalcomWebhookSecret(input: { secret: $s }) { viewer { id } } }',
      {
        s: secret,
      },
    )
    expect(await church.deps.database.systemSetting.count()).toBe(1)
    const { text } = await church.ask(church.admin, `{ systemSettings { nodes { ${all} } } }`)
    expect(text).not.toContain('calcom')
  })
})

describe('changing a setting', () => {
  it('takes effect at once, and shows who changed it and when', async () => {
    const { data } = await setSetting(church.admin, {
      key: 'audit.retentionMonths',
      value: 24,
      description: 'Two years',
    })
    const expected = {
      key: 'audit.retentionMonths',
      value: 24,
      isSet: true,
      description: 'Two years',
      updatedBy: { name: 'Ada Admin' },
      updatedAt: expect.stringMatching(/Z$/),
    }
    expect(data).toMatchObject({ setSystemSetting: { systemSetting: expected } })
    expect((await read(church.admin, 'audit.retentionMonths')).data).toMatchObject({ systemSetting: expected })
    expect((await remove(church.admin, 'audit.retentionMonths')).data).toMatchObject({
      deleteSystemSetting: { systemSetting: { value: null, isSet: false, description: null } },
    })
  })

  it('accepts an inline value as well as a variable', async () => {
    const { data, errors } = await church.ask(
      church.admin,
      `mutation { setSystemSetting(input: { key: "ai.local.baseUrl", value: "http://10.0.0.7:11434/v1" }) {
        systemSetting { value kind } } }`,
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({
      setSystemSetting: { systemSetting: { value: 'http://10.0.0.7:11434/v1', kind: 'TEXT' } },
    })
  })

  it('shows only that a sealed one is set, never its value: not in the response, a list, or an error', async () => {
    const answers = [
      await setSetting(church.admin, { key: 'ai.openai.apiKey', value: canary }),
      await read(church.admin, 'ai.openai.apiKey'),
      await church.ask(church.admin, `{ systemSettings { nodes { ${all} } } }`),
      await setSetting(church.admin, { key: 'ai.openai.apiKey', value: canary, isEncrypted: false }),
      await setSetting(church.admin, { key: 'audit.retentionMonths', value: canary }),
      await setSetting(church.admin, { key: canary, value: canary }),
      await church.ask(church.admin, '{ auditLogs { nodes { action metadata } } }'),
    ]
    expect(answers[0]?.data).toMatchObject({
      setSystemSetting: { systemSetting: { value: null, isSet: true, isEncrypted: true } },
    })
    expect(answers[1]?.data).toMatchObject({ systemSetting: { value: null, isSet: true } })
    for (const { text } of answers) expect(text).not.toContain('bunting')
    const rows = await church.deps.database.$queryRaw`SELECT s::text FROM system_settings s`
    expect(JSON.stringify(rows)).not.toContain('bunting')
  })

  it('lists the valid keys when the key is unknown', async () => {
    for (const answer of [
      await setSetting(church.admin, { key: 'church.colour', value: 'blue' }),
      await remove(church.admin, 'church.colour'),
      await read(church.admin, 'church.colour'),
    ]) {
      expect(errorOf(answer)).toEqual({ code: 'BAD_USER_INPUT', field: 'key' })
      for (const key of settingKeys) expect(answer.errors?.[0]?.message).toContain(key)
    }
  })

  it('rejects an invalid value on its field', async () => {
    const refused = await setSetting(church.admin, { key: 'summaries.retentionDays', value: 0 })
    expect(errorOf(refused)).toEqual({ code: 'BAD_USER_INPUT', field: 'value' })
    expect(refused.errors?.[0]?.message).toBe('value must be a whole number from 1 to 3650.')
  })

  it('needs an admin, and so does reading', async () => {
    for (const [person, code] of [
      [church.pastor, 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
    ] as const) {
      expect(errorOf(await setSetting(person, { key: 'audit.retentionMonths', value: 1 }))).toMatchObject({ code })
      expect(errorOf(await remove(person, 'audit.retentionMonths'))).toMatchObject({ code })
      expect(errorOf(await read(person, 'audit.retentionMonths'))).toMatchObject({ code })
    }
    expect(await church.deps.database.systemSetting.count()).toBe(0)
  })
})

describe('an admin’s token', () => {
  const query = '{ systemSettings { totalCount nodes { key value } } }'

  it('reads with settings:read and writes with settings:write, and errors name the missing scope', async () => {
    const reader = await addToken(church, church.admin, ['settings:read'])
    const writer = await addToken(church, church.admin, ['settings:write'])
    const input = { key: 'summaries.retentionDays', value: 12 }
    expect((await askWithToken(church, reader, query)).errors).toBeUndefined()
    expect(errorOf(await askWithToken(church, reader, setMutation, { input }))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['settings:write'],
      missingScopes: [['settings:write'], ['users:read']],
    })
    expect(errorOf(await askWithToken(church, writer, query))).toEqual({
      code: 'FORBIDDEN',
      missingScope: ['settings:read'],
      missingScopes: [['settings:read']],
    })
    // Shortening a retention reveals how much data is affected.
    expect(errorOf(await askWithToken(church, writer, setMutation, { input }))).toMatchObject({ code: 'FORBIDDEN' })
    const counterToken = await addToken(church, church.admin, ['settings:read', 'settings:write', 'bookings:read'])
    const written = await askWithToken(church, counterToken, setMutation.replace('updatedBy { name } ', ''), { input })
    expect(written.data).toMatchObject({ setSystemSetting: { systemSetting: { value: 12 } } })
    const entry = await church.deps.database.auditLog.findFirstOrThrow({
      where: { action: 'settings.changed' },
      orderBy: { id: 'desc' },
    })
    expect(entry.userId).toBe(church.admin.userId)
  })

  it('never returns a sealed value', async () => {
    await setSetting(church.admin, { key: 'ai.openai.apiKey', value: canary })
    const reader = await addToken(church, church.admin, ['settings:read', 'settings:write'])
    expect((await askWithToken(church, reader, query)).text).not.toContain('bunting')
  })
})

it('docs/configuration.md lists exactly the existing settings', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/configuration.md'), 'utf8')
  const table = page
    .slice(page.indexOf('## Settings in the database'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const listed = table.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, key]) => key))
  expect(listed.sort()).toEqual(settingKeys)
})
