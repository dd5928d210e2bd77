import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { openVault, type Vault } from '../../core/vault/vault.ts'
import { ConfigurationError } from '../../platform/errors.ts'
import type { Queue } from '../../platform/jobs/queue.ts'
import { Secret } from '../../platform/secret.ts'
import { rotateKeys } from './rotate-keys.ts'

const masterKey = new Secret(Buffer.alloc(32, 5))
const daySeconds = 86_400

let fresh: FreshDatabase
let nowMs: number
let vault: Vault
let enqueued: string[]
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T09:00:00Z')
  enqueued = []
  await fresh.database.dataKey.deleteMany()
  vault = await open()
})

const clock = { now: () => new Date(nowMs) }
const open = () => openVault({ database: fresh.database, masterKey, clock })
const queue: Pick<Queue, 'enqueue'> = {
  enqueue: async (_tx, name) => {
    enqueued.push(name)
    return name
  },
}
const rotate = (olderThanSeconds: number | null, node = vault) =>
  rotateKeys({ database: fresh.database, vault: node, queue }, { olderThanSeconds })
const keysInUse = () => fresh.database.dataKey.findMany({ where: { retiredAt: null } })

test('a key is replaced once it is older than the interval, and not before', async () => {
  const [first] = await keysInUse()
  nowMs += 90 * daySeconds * 1_000
  expect(await rotate(90 * daySeconds)).toBeNull()
  expect(enqueued).toEqual([])
  nowMs += 1
  const keyIds = await rotate(90 * daySeconds)
  expect((await keysInUse()).map(({ id }) => id)).toEqual([keyIds?.keyId])
  expect(enqueued).toEqual(['reseal-values'])
  expect(
    await fresh.database.auditLog.findMany({ where: { action: 'key.rotated', resourceId: keyIds?.keyId ?? '' } }),
  ).toMatchObject([{ resource: 'data_key', metadata: { retiredKeyIds: [first?.id] } }])
  expect(await rotate(90 * daySeconds)).toBeNull()
})

test('this node encrypts under the new key at once', async () => {
  const keyIds = await rotate(null)
  const sealed = await vault.encrypt('words', { column: 'system_settings.value', rowId: 'a', ownerId: 'system' })
  expect(vault.keyIdOf(sealed)).toBe(keyIds?.keyId)
})

test('nodes that concurrently find a key too old create one new key', async () => {
  const nodes = await Promise.all(Array.from({ length: 5 }, open))
  nowMs += 2 * daySeconds * 1_000
  const keyIds = await Promise.all(nodes.map((node) => rotate(daySeconds, node)))
  expect(keyIds.filter((one) => one !== null)).toHaveLength(1)
  expect(await keysInUse()).toHaveLength(1)
})

test('no key is created if the log or the queue fails', async () => {
  const before = await keysInUse()
  const broken = { enqueue: () => Promise.reject(new Error('no queue')) }
  await expect(
    rotateKeys({ database: fresh.database, vault, queue: broken }, { olderThanSeconds: null }),
  ).rejects.toThrow('no queue')
  expect(await keysInUse()).toEqual(before)
})

test('a node that still has the old master key creates no key that others could not read', async () => {
  const changed = { masterKey: new Secret(Buffer.alloc(32, 6)), previousMasterKey: masterKey }
  await openVault({ database: fresh.database, clock, ...changed, onRewrapped: () => Promise.resolve() })
  await expect(rotate(null)).rejects.toThrow(ConfigurationError)
  expect(await keysInUse()).toHaveLength(1)
  await openVault({ database: fresh.database, clock, masterKey: changed.masterKey })
})
