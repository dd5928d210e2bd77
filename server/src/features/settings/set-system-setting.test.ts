import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addFreshSession, addPerson, openTestVault, testOrigin } from '../../../test/support/parish.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { reEncryptValues } from '../../core/keys/re-encrypt-values.ts'
import { SYSTEM_OWNER } from '../../core/vault/aad-context.ts'
import type { Vault } from '../../core/vault/vault.ts'
import { systemClock } from '../../platform/clock.ts'
import { BadUserInputError, ForbiddenError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { readBoundSecret } from './bound-secret.model.ts'
import { decryptSettings } from './decrypt-settings.ts'
import { deleteSystemSetting } from './delete-system-setting.ts'
import { UnknownSettingError } from './errors.ts'
import { findSetting, readSetting } from './reads.ts'
import { settingKeys } from './registry.model.ts'
import { type SettingInput, setSystemSetting } from './set-system-setting.ts'

const canary = 'sk-canary-oriole-0123456789'

let fresh: FreshDatabase
let vault: Vault
let admin: Viewer
let pastor: Viewer

beforeAll(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  admin = await addFreshSession(fresh.database, await addPerson(fresh.database, 'admin'))
  pastor = await addPerson(fresh.database, 'pastor')
})
afterAll(() => fresh.close())
afterEach(() => fresh.database.systemSetting.deleteMany())

const deps = () => ({ database: fresh.database, vault, clock: systemClock, newId })
const setSetting = (setting: SettingInput, viewer = admin) => setSystemSetting(deps(), viewer, testOrigin, setting)
const remove = (key: string, viewer = admin) => deleteSystemSetting(deps(), viewer, testOrigin, { key })
const rowOf = (key: string) => fresh.database.systemSetting.findUniqueOrThrow({ where: { key } })

async function opened(keys: string[]) {
  const found: Record<string, string> = {}
  for await (const { key, secret } of decryptSettings(deps(), { in: keys }))
    found[key] = readBoundSecret(secret.reveal()).secret
  return found
}

describe('a plaintext setting', () => {
  test('has its default, then the value set, then the default again', async () => {
    expect(await readSetting(fresh.database, 'audit.retentionMonths')).toEqual({ value: null, isSound: true })
    expect(await readSetting(fresh.database, 'summaries.retentionDays')).toEqual({ value: 90, isSound: true })
    await setSetting({ key: 'summaries.retentionDays', value: 30, description: 'As the elders decided' })
    expect(await readSetting(fresh.database, 'summaries.retentionDays')).toEqual({ value: 30, isSound: true })
    expect(await rowOf('summaries.retentionDays')).toMatchObject({
      description: 'As the elders decided',
      updatedBy: admin.userId,
      isEncrypted: false,
    })
    await setSetting({ key: 'summaries.retentionDays', value: 31 })
    expect(await rowOf('summaries.retentionDays')).toMatchObject({ value: 31, description: 'As the elders decided' })
    await setSetting({ key: 'summaries.retentionDays', value: 31, description: null })
    expect(await rowOf('summaries.retentionDays')).toMatchObject({ description: null })
    await remove('summaries.retentionDays')
    await remove('summaries.retentionDays')
    expect(await readSetting(fresh.database, 'summaries.retentionDays')).toEqual({ value: 90, isSound: true })
  })

  test('that holds an invalid value written by other means falls back to its default and reports it', async () => {
    const data = { id: newId(), key: 'summaries.retentionDays', value: 'thirty' }
    await fresh.database.systemSetting.create({ data })
    expect(await readSetting(fresh.database, 'summaries.retentionDays')).toEqual({ value: 90, isSound: false })
  })

  test('can be set concurrently without an error', async () => {
    await Promise.all([10, 20, 30, 40].map((value) => setSetting({ key: 'summaries.retentionDays', value })))
    expect([10, 20, 30, 40]).toContain((await rowOf('summaries.retentionDays')).value)
  })

  test.each([
    ['audit.retentionMonths', 0],
    ['audit.retentionMonths', 1.5],
    ['audit.retentionMonths', '12'],
    ['audit.retentionMonths', null],
    ['summaries.retentionDays', 3_651],
    ['ai.local.baseUrl', ['https://ai.church.example']],
    ['ai.local.baseUrl', 'ftp://ai.church.example'],
    ['ai.local.baseUrl', 'https://user:secret@ai.church.example'],
    ['ai.local.baseUrl', 'https://ai.church.example/?key=secret'],
    ['ai.openai.apiKey', 'short'],
    ['ai.openai.apiKey', { text: canary }],
  ])('rejects %s = %j', async (key, value) => {
    const refused = await setSetting({ key, value }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BadUserInputError)
    // The input may be a secret in the wrong field, so the error must not repeat it.
    expect(String(refused)).not.toContain('church.example')
    expect(await fresh.database.systemSetting.count()).toBe(0)
  })

  test('that is an address is stored without a trailing slash', async () => {
    await setSetting({ key: 'ai.local.baseUrl', value: 'http://10.0.0.7:11434/v1/' })
    expect((await rowOf('ai.local.baseUrl')).value).toEqual('http://10.0.0.7:11434/v1')
  })
})

describe('a sealed setting', () => {
  test('is stored encrypted, is decrypted only by the server, and appears in no list', async () => {
    await setSetting({ key: 'ai.openai.apiKey', value: canary, isEncrypted: true })
    const row = await rowOf('ai.openai.apiKey')
    expect(row.isEncrypted).toBe(true)
    expect(JSON.stringify(row)).not.toContain(canary)
    expect(await opened(['ai.openai.apiKey'])).toEqual({ 'ai.openai.apiKey': canary })
    expect(await findSetting(fresh.database, 'ai.openai.apiKey')).toMatchObject({ isSet: true, value: null })
    const aadContext = { column: 'system_settings.value', rowId: row.id, ownerId: SYSTEM_OWNER } as const
    expect(readBoundSecret(await vault.decrypt(String(row.value), aadContext))).toEqual({
      secret: canary,
      address: 'https://api.openai.com/v1',
    })
  })

  test('is replaced in the same row, and deleted when unset', async () => {
    await setSetting({ key: 'ai.openai.apiKey', value: canary })
    const before = await rowOf('ai.openai.apiKey')
    await setSetting({ key: 'ai.openai.apiKey', value: `${canary}-2` })
    const after = await rowOf('ai.openai.apiKey')
    expect([after.id, after.value === before.value]).toEqual([before.id, false])
    expect(await opened(['ai.openai.apiKey'])).toEqual({ 'ai.openai.apiKey': `${canary}-2` })
    await remove('ai.openai.apiKey')
    expect(await opened(['ai.openai.apiKey'])).toEqual({})
  })

  test('that can’t be decrypted is ignored, is logged, and delays no other', async () => {
    await setSetting({ key: 'ai.openai.apiKey', value: canary })
    await setSetting({ key: 'ai.anthropic.apiKey', value: canary })
    const otherRow = await rowOf('ai.openai.apiKey')
    await fresh.database.systemSetting.update({
      where: { key: 'ai.anthropic.apiKey' },
      data: { value: String(otherRow.value) },
    })
    expect(await opened(['ai.openai.apiKey', 'ai.anthropic.apiKey'])).toEqual({ 'ai.openai.apiKey': canary })
    const { id } = await rowOf('ai.anthropic.apiKey')
    const entries = await fresh.database.auditLog.findMany({ where: { action: 'vault.unreadable', resourceId: id } })
    expect(entries).toHaveLength(1)
  })

  test('can’t be stored in plaintext, nor a plaintext one encrypted', async () => {
    const field = { extensions: { field: 'isEncrypted' } }
    await expect(setSetting({ key: 'ai.openai.apiKey', value: canary, isEncrypted: false })).rejects.toMatchObject(
      field,
    )
    await expect(setSetting({ key: 'audit.retentionMonths', value: 12, isEncrypted: true })).rejects.toMatchObject(
      field,
    )
  })

  test('is re-encrypted by a key rotation, with the same value', async () => {
    await setSetting({ key: 'ai.openai.apiKey', value: canary })
    const before = await rowOf('ai.openai.apiKey')
    await fresh.database.$transaction((tx) => vault.rotate(tx))
    await vault.reload()
    const log = { warn: () => undefined }
    const signal = new AbortController().signal
    await reEncryptValues({ database: fresh.database, vault, log }, { from: null, signal })
    expect((await rowOf('ai.openai.apiKey')).value).not.toBe(before.value)
    expect(await opened(['ai.openai.apiKey'])).toEqual({ 'ai.openai.apiKey': canary })
  })
})

describe('any setting', () => {
  test('must have a known key; the error lists the known ones', async () => {
    for (const key of ['church.colour', 'calcom.webhookSecret.x', 'constructor', 'sampleChurch.seededAt']) {
      const refused = setSetting({ key, value: 1 })
      await expect(refused).rejects.toBeInstanceOf(UnknownSettingError)
      await expect(refused).rejects.toThrow(settingKeys.join(', '))
      await expect(remove(key)).rejects.toBeInstanceOf(UnknownSettingError)
    }
  })

  test('can be set and unset only by an admin', async () => {
    await expect(setSetting({ key: 'audit.retentionMonths', value: 12 }, pastor)).rejects.toBeInstanceOf(ForbiddenError)
    await expect(remove('audit.retentionMonths', pastor)).rejects.toBeInstanceOf(ForbiddenError)
    expect(await fresh.database.systemSetting.count()).toBe(0)
  })

  test('is logged by its key on each change, and never by its value', async () => {
    await setSetting({ key: 'ai.openai.apiKey', value: canary })
    const { id } = await rowOf('ai.openai.apiKey')
    await remove('ai.openai.apiKey')
    await remove('ai.openai.apiKey')
    const entries = await fresh.database.auditLog.findMany({ where: { resourceId: id } })
    expect(entries).toHaveLength(2)
    for (const entry of entries) {
      expect(entry).toMatchObject({
        action: 'settings.changed',
        resource: 'system_setting',
        userId: admin.userId,
        ipAddress: testOrigin.ipAddress,
        metadata: { key: 'ai.openai.apiKey' },
      })
    }
    expect(JSON.stringify(entries)).not.toContain('oriole')
  })
})
