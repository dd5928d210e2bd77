import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import {
  addOneOfEach,
  ciphertextAt,
  clearEncryptedValues,
  type EncryptedValue,
  plaintextAt,
  writeCiphertextAt,
} from '../../../test/support/encrypted-values.ts'
import type { Clock } from '../../platform/clock.ts'
import { createDatabase } from '../../platform/database/client.ts'
import { Secret } from '../../platform/secret.ts'
import { UnreadableError } from '../vault/errors.ts'
import { openVault, type Vault } from '../vault/vault.ts'
import { DESTROY_AFTER_SECONDS, type DestroyedKeys, destroyKeys } from './destroy-keys.ts'
import { readKeysStatus } from './key-status.ts'
import { reEncryptValues } from './re-encrypt-values.ts'
import { rotateKey } from './rotate-key.ts'

const masterKey = new Secret(Buffer.alloc(32, 5))

let fresh: FreshDatabase
let vault: Vault
let nowMs: number
const clock: Clock = { now: () => new Date(nowMs) }
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T09:00:00Z')
  await clearEncryptedValues(fresh.database)
  vault = await open()
})

const open = () => openVault({ database: fresh.database, masterKey, clock })
const destroy = (): Promise<DestroyedKeys> => destroyKeys({ database: fresh.database, clock, vault })

/** Returns the ID of the key that is now retired. */
async function rotate(): Promise<string> {
  nowMs += 1_000
  const { id } = await fresh.database.dataKey.findFirstOrThrow({ where: { retiredAt: null } })
  await fresh.database.$transaction((tx) => rotateKey(tx, vault, null))
  await vault.reload()
  return id
}

async function reEncrypt(): Promise<void> {
  const deps = { database: fresh.database, vault, log: { warn: () => undefined } }
  await reEncryptValues(deps, { from: null, signal: new AbortController().signal })
}

function waitLongEnough(): void {
  nowMs += DESTROY_AFTER_SECONDS * 1_000
}

test('an unused retired key is destroyed once every node encrypts under another, and that is recorded', async () => {
  await addOneOfEach({ database: fresh.database, vault })
  const old = await rotate()
  await reEncrypt()
  nowMs += DESTROY_AFTER_SECONDS * 1_000 - 1
  expect(await destroy()).toEqual({ destroyedKeyIds: [], waitsUntil: new Date(nowMs + 1) })
  nowMs += 1
  expect(await destroy()).toEqual({ destroyedKeyIds: [old], waitsUntil: null })
  expect(await fresh.database.dataKey.findUniqueOrThrow({ where: { id: old } })).toMatchObject({
    wrappedKey: null,
    destroyedAt: clock.now(),
  })
  expect(await fresh.database.auditLog.findMany({ where: { action: 'key.destroyed', resourceId: old } })).toMatchObject(
    [{ resource: 'data_key', userId: null }],
  )
  expect(await destroy()).toEqual({ destroyedKeyIds: [], waitsUntil: null })
})

test('one value in any encrypted column, readable or not, keeps its key', async () => {
  const values = await addOneOfEach({ database: fresh.database, vault })
  const texts = new Map<EncryptedValue, string>()
  for (const value of values) texts.set(value, (await ciphertextAt(fresh.database, value.context)) ?? '')
  const old = await rotate()
  await reEncrypt()
  waitLongEnough()
  for (const [value, text] of texts) {
    const reEncrypted = (await ciphertextAt(fresh.database, value.context)) ?? ''
    await writeCiphertextAt(fresh.database, value.context, `${text.slice(0, -4)}AAAA`)
    expect(await destroy()).toEqual({ destroyedKeyIds: [], waitsUntil: null })
    await writeCiphertextAt(fresh.database, value.context, reEncrypted)
  }
  expect((await destroy()).destroyedKeyIds).toEqual([old])
})

test('a destroyed key decrypts no row of an old dump, on any node', async () => {
  const values = await addOneOfEach({ database: fresh.database, vault })
  const dump = await Promise.all(
    values.map(async (value) => ({ ...value, text: (await ciphertextAt(fresh.database, value.context)) ?? '' })),
  )
  const reader = await open()
  await rotate()
  await reEncrypt()
  waitLongEnough()
  expect((await destroy()).destroyedKeyIds).toHaveLength(1)
  for (const { context, text } of dump) await writeCiphertextAt(fresh.database, context, text)
  // A node that only reads drops the key too: its first decryption after a minute reloads the keys.
  await reader.decrypt(
    dump[0]?.text ?? '',
    dump[0]?.context ?? { column: 'system_settings.value', rowId: '', ownerId: '' },
  )
  await reader.reload()
  for (const node of [vault, reader, await open()]) {
    for (const { context } of dump) {
      await expect(plaintextAt({ database: fresh.database, vault: node }, context)).rejects.toThrow(UnreadableError)
    }
  }
  const status = await fresh.database.$transaction((tx) => readKeysStatus(tx, { masterKey, previousMasterKey: null }))
  expect(status.lost.reduce((sum, { values: count }) => sum + count, 0)).toBe(values.length)
  expect(status.keys.map(({ state }) => state)).toEqual(['destroyed', 'in use'])
})

test('a key is not destroyed while an open transaction has written a value under it', async () => {
  const values = await addOneOfEach({ database: fresh.database, vault })
  const lateCiphertexts = await Promise.all(values.map(({ plaintext, context }) => vault.encrypt(plaintext, context)))
  await rotate()
  await reEncrypt()
  waitLongEnough()
  for (const [index, { context, plaintext }] of values.entries()) {
    const reEncrypted = (await ciphertextAt(fresh.database, context)) ?? ''
    await fresh.database.$transaction(async (tx) => {
      await writeCiphertextAt(tx, context, lateCiphertexts[index] ?? '')
      expect((await destroy()).destroyedKeyIds).toEqual([])
    })
    expect((await destroy()).destroyedKeyIds).toEqual([])
    expect(await plaintextAt({ database: fresh.database, vault }, context)).toBe(plaintext)
    await writeCiphertextAt(fresh.database, context, reEncrypted)
  }
  expect((await destroy()).destroyedKeyIds).toHaveLength(1)
})

test('a node that stalls between encrypting and writing gets an error instead of losing the value', async () => {
  const [intake] = await addOneOfEach({ database: fresh.database, vault })
  if (intake === undefined) throw new Error('addOneOfEach adds one of each')
  const lateCiphertexts = await vault.encrypt('words nobody else has', intake.context)
  await rotate()
  await reEncrypt()
  waitLongEnough()
  expect((await destroy()).destroyedKeyIds).toHaveLength(1)
  const server = createDatabase({ url: fresh.url, applicationName: 'churchhub', maxConnections: 1 })
  try {
    await expect(writeCiphertextAt(server.database, intake.context, lateCiphertexts)).rejects.toThrow(
      /data key [0-9a-f]{16} is destroyed/,
    )
  } finally {
    await server.close()
  }
  expect(await plaintextAt({ database: fresh.database, vault }, intake.context)).toBe(intake.plaintext)
})

test('neither the active key nor the audit log’s is ever destroyed', async () => {
  const { keyId } = await vault.mac('a text')
  waitLongEnough()
  expect(await destroy()).toEqual({ destroyedKeyIds: [], waitsUntil: null })
  const inUse = await fresh.database.dataKey.findFirstOrThrow({ where: { retiredAt: null } })
  for (const id of [keyId, inUse.id]) {
    expect(await fresh.database.$transaction((tx) => vault.destroy(tx, id))).toBe(false)
  }
  // Nor by hand: the table refuses it.
  for (const id of [keyId, inUse.id]) {
    const destroyed = { wrappedKey: null, destroyedAt: clock.now() }
    await expect(fresh.database.dataKey.update({ where: { id }, data: destroyed })).rejects.toThrow(/check/)
  }
})

test('two nodes that destroy concurrently destroy a key once', async () => {
  await rotate()
  waitLongEnough()
  const both = await Promise.all([destroy(), destroy()])
  expect(both.flatMap(({ destroyedKeyIds }) => destroyedKeyIds)).toHaveLength(1)
})
