import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import type { Clock } from '../../platform/clock.ts'
import { ConfigurationError } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { Secret } from '../../platform/secret.ts'
import type { AadContext } from './aad-context.ts'
import { UnreadableError } from './errors.ts'
import { ENCRYPTION_KEY_MAX_AGE_SECONDS, openVault, type Vault } from './vault.ts'

const masterKey = new Secret(Buffer.alloc(32, 1))
const otherMasterKey = new Secret(Buffer.alloc(32, 2))
const context: AadContext = { column: 'context_summaries.encryptedSummary', rowId: newId(), ownerId: newId() }

let fresh: FreshDatabase
let nowMs: number
const clock: Clock = { now: () => new Date(nowMs) }
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
// A database without data keys is new to a vault.
beforeEach(async () => {
  await fresh.database.dataKey.deleteMany()
  nowMs = Date.parse('2026-11-22T09:00:00Z')
})

type Opening = Readonly<{ masterKey?: Secret<Buffer>; previousMasterKey?: Secret<Buffer> }>

const onRewrapped = () => Promise.resolve()

const open = (options: Opening = {}): Promise<Vault> =>
  openVault({ database: fresh.database, masterKey, clock, previousMasterKey: null, onRewrapped, ...options })

const keysInTable = () => fresh.database.dataKey.findMany({ orderBy: { createdAt: 'asc' } })

async function rotate(vault: Vault): Promise<{ keyId: string; retiredKeyIds: string[] }> {
  nowMs += 1_000
  const rotated = await fresh.database.$transaction((tx) => vault.rotate(tx))
  await vault.reload()
  return rotated
}

test('any text decrypts to its plaintext, which the encrypted text does not contain', async () => {
  const vault = await open()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 400 }), async (text) => {
      const sealed = await vault.encrypt(text, context)
      expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/)
      expect(await vault.decrypt(sealed, context)).toBe(text)
    }),
  )
})

test('the same text never encrypts to the same output twice', async () => {
  const vault = await open()
  const sealed = await Promise.all(Array.from({ length: 500 }, () => vault.encrypt('words', context)))
  const nonces = sealed.map((text) => text.split('.')[2]?.slice(0, 16))
  expect(new Set(nonces).size).toBe(500)
})

test.each<[string, Partial<AadContext>]>([
  ['decrypted for another owner', { ownerId: newId() }],
  ['moved to another row', { rowId: newId() }],
  ['moved to another column', { column: 'bookings.encryptedIntakeData' }],
])('a value %s is unreadable', async (_, change) => {
  const vault = await open()
  const sealed = await vault.encrypt('words', context)
  await expect(vault.decrypt(sealed, { ...context, ...change })).rejects.toThrow(UnreadableError)
})

test('a value with any one bit flipped is unreadable, and by no other error', async () => {
  const vault = await open()
  const sealed = await vault.encrypt('words of one pastor', context)
  const [version, keyId, packed = ''] = sealed.split('.')
  const bytes = Buffer.from(packed, 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    await expect(vault.decrypt(`${version}.${keyId}.${flipped.toString('base64url')}`, context)).rejects.toThrow(
      UnreadableError,
    )
  }
})

test('any other text in an encrypted column is refused as unreadable, and by no other error', async () => {
  const vault = await open()
  const sealed = await vault.encrypt('words', context)
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .nat({ max: sealed.length })
      .map((length) => sealed.slice(0, length))
      .filter((text) => text !== sealed),
    fc.string({ maxLength: 100 }).map((tail) => `${sealed.slice(0, 20)}${tail}`),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      await expect(vault.decrypt(text, context)).rejects.toThrow(UnreadableError)
    }),
  )
})

test('a value under a destroyed or unknown data key is unreadable', async () => {
  const vault = await open()
  const sealed = await vault.encrypt('words', context)
  const { retiredKeyIds } = await rotate(vault)
  await fresh.database.dataKey.updateMany({
    where: { id: { in: retiredKeyIds } },
    data: { destroyedAt: clock.now(), wrappedKey: null },
  })
  await vault.reload()
  await expect(vault.decrypt(sealed, context)).rejects.toThrow(UnreadableError)
  await expect((await open()).decrypt(sealed, context)).rejects.toThrow(UnreadableError)
})

test('the table contains no plaintext key, and the master key is stored nowhere', async () => {
  await open()
  const [row] = await keysInTable()
  expect(row?.wrappedKey).toMatch(/^v1\./)
  expect(row?.wrappedBy).toMatch(/^[0-9a-f]{16}$/)
  const dump = JSON.stringify(row)
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    expect(dump).not.toContain(masterKey.reveal().toString(encoding))
  }
})

test('the first start creates one key, later ones use it, and concurrent first starts agree', async () => {
  const vaults = await Promise.all(Array.from({ length: 6 }, () => open()))
  expect(await keysInTable()).toHaveLength(1)
  const sealed = await Promise.all(vaults.map((vault) => vault.encrypt('words', context)))
  const later = await open()
  for (const text of sealed) expect(await later.decrypt(text, context)).toBe('words')
  expect(await keysInTable()).toHaveLength(1)
})

test('after a rotation the new key encrypts, and the old one still decrypts', async () => {
  const vault = await open()
  const old = await vault.encrypt('old words', context)
  const { keyId, retiredKeyIds } = await rotate(vault)
  const sealed = await vault.encrypt('new words', context)
  expect(sealed.split('.')[1]).toBe(keyId)
  expect(retiredKeyIds).toEqual([old.split('.')[1]])
  expect((await keysInTable()).map(({ id, retiredAt }) => [id, retiredAt])).toEqual([
    [retiredKeyIds[0], clock.now()],
    [keyId, null],
  ])
  for (const reader of [vault, await open()]) {
    expect(await reader.decrypt(old, context)).toBe('old words')
    expect(await reader.decrypt(sealed, context)).toBe('new words')
  }
})

test('a node decrypts values under a key newer than its own start', async () => {
  const [one, other] = [await open(), await open()]
  await rotate(one)
  const sealed = await one.encrypt('words', context)
  expect(await other.decrypt(sealed, context)).toBe('words')
})

test('a node unaware of a rotation stops encrypting under the old key within the limit', async () => {
  const [one, other] = [await open(), await open()]
  const { keyId } = await rotate(one)
  nowMs += (ENCRYPTION_KEY_MAX_AGE_SECONDS + 1) * 1_000
  expect((await other.encrypt('words', context)).split('.')[1]).toBe(keyId)
})

test('a wrong ENCRYPTION_KEY is refused in one line before anything is written', async () => {
  await open()
  const before = await keysInTable()
  const refusal = await open({ masterKey: otherMasterKey }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(ConfigurationError)
  expect(String(refusal)).toMatch(/ENCRYPTION_KEY is not the key that this database is encrypted with/)
  expect(String(refusal)).not.toContain('\n')
  const bothWrong = { masterKey: otherMasterKey, previousMasterKey: new Secret(Buffer.alloc(32, 3)) }
  await expect(open(bothWrong)).rejects.toThrow(/Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS/)
  expect(await keysInTable()).toEqual(before)
})

test('a single data key under an unknown master key is refused too', async () => {
  const vault = await open()
  await rotate(vault)
  const [oldest] = await keysInTable()
  await fresh.database.dataKey.update({ where: { id: oldest?.id ?? '' }, data: { wrappedBy: '0'.repeat(16) } })
  await expect(open()).rejects.toThrow(ConfigurationError)
})

test('a damaged data key is named, and refused before anything is written', async () => {
  const vault = await open()
  await rotate(vault)
  const [oldest, newest] = await keysInTable()
  await fresh.database.dataKey.update({
    where: { id: oldest?.id ?? '' },
    data: { wrappedKey: newest?.wrappedKey ?? null },
  })
  await expect(open()).rejects.toThrow(new RegExp(`Data key ${oldest?.id} .* is damaged`))
  expect(await keysInTable()).toHaveLength(2)
})

test('with the previous master key every data key is rewrapped, after which the old one is no longer needed', async () => {
  const vault = await open()
  const sealed = await vault.encrypt('words', context)
  await rotate(vault)
  await open({ masterKey: otherMasterKey, previousMasterKey: masterKey })
  const later = await open({ masterKey: otherMasterKey })
  expect(await later.decrypt(sealed, context)).toBe('words')
  await expect(open()).rejects.toThrow(ConfigurationError)
  expect(new Set((await keysInTable()).map((row) => row.wrappedBy)).size).toBe(1)
})

test('an interrupted change of the master key has changed no key, and can be repeated', async () => {
  const vault = await open()
  const sealed = await vault.encrypt('words', context)
  await rotate(vault)
  const { keyId } = await vault.mac('a text')
  const before = await keysInTable()
  // The last of the keys can't be written, so the transaction of all of them fails.
  await fresh.database.$executeRawUnsafe(`
    CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$`)
  await fresh.database.$executeRawUnsafe(`
    CREATE TRIGGER refuse_one BEFORE UPDATE ON data_keys FOR EACH ROW WHEN (OLD.id = '${before[0]?.id}') EXECUTE FUNCTION refuse_one()`)
  const changed = { masterKey: otherMasterKey, previousMasterKey: masterKey }
  await expect(open(changed)).rejects.toThrow('killed')
  expect(await keysInTable()).toEqual(before)
  expect(await (await open()).decrypt(sealed, context)).toBe('words')
  await fresh.database.$executeRaw`DROP FUNCTION refuse_one CASCADE`

  const nodes = await Promise.all(Array.from({ length: 5 }, () => open(changed)))
  for (const node of [...nodes, await open({ masterKey: otherMasterKey })]) {
    expect(await node.decrypt(sealed, context)).toBe('words')
    expect((await node.mac('a text')).keyId).toBe(keyId)
  }
})

test('a previous master key that wrapped nothing is ignored, one equal to the current one is refused', async () => {
  const sealed = await (await open()).encrypt('words', context)
  const later = await open({ previousMasterKey: otherMasterKey })
  expect(await later.decrypt(sealed, context)).toBe('words')
  const before = await keysInTable()
  await expect(open({ previousMasterKey: new Secret(Buffer.alloc(32, 1)) })).rejects.toThrow(
    /ENCRYPTION_KEY_PREVIOUS is the same key as ENCRYPTION_KEY.* Nothing was changed\.$/,
  )
  expect(await keysInTable()).toEqual(before)
})

test('a node that only decrypts drops a destroyed key too', async () => {
  const [vault, reader] = [await open(), await open()]
  const sealed = await vault.encrypt('words', context)
  const { retiredKeyIds } = await rotate(vault)
  for (const id of retiredKeyIds) await fresh.database.$transaction((tx) => vault.destroy(tx, id))
  nowMs += 61_000
  // The decryption that finds the keys outdated reloads them in the background.
  await reader.decrypt(sealed, context)
  await expect
    .poll(() => reader.decrypt(sealed, context).catch((error: unknown) => error))
    .toBeInstanceOf(UnreadableError)
})

test('a node still running under the previous master key keeps encrypting and decrypting after the change', async () => {
  const running = await open()
  await open({ masterKey: otherMasterKey, previousMasterKey: masterKey })
  // It creates no key, though: that would be under the old master key, unreadable for later starts.
  await expect(fresh.database.$transaction((tx) => running.rotate(tx))).rejects.toThrow(/Restart it with the new key/)
  await expect(running.mac('a text')).rejects.toThrow(/Restart it with the new key/)
  nowMs += (ENCRYPTION_KEY_MAX_AGE_SECONDS + 1) * 1_000
  expect(await running.decrypt(await running.encrypt('words', context), context)).toBe('words')
})

test('the digest of an encrypted text is its SHA-256', async () => {
  const vault = await open()
  expect(vault.digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
