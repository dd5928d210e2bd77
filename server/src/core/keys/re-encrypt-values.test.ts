import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import {
  addEncryptedIntake,
  addOneOfEach,
  ciphertextAt,
  clearEncryptedValues,
  type EncryptedValue,
  plaintextAt,
  valuesUnder,
  writeCiphertextAt,
} from '../../../test/support/encrypted-values.ts'
import { addPerson, openTestVault } from '../../../test/support/parish.ts'
import { createMonthPartitions } from '../../platform/database/partitions.ts'
import { newId } from '../../platform/ids.ts'
import type { Vault } from '../vault/vault.ts'
import { countValues } from './count-values.ts'
import { type ReEncryptCursor, type ReEncryptTally, reEncryptValues } from './re-encrypt-values.ts'
import { rotateKey } from './rotate-key.ts'

let fresh: FreshDatabase
let vault: Vault
let warnings: object[]
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  await clearEncryptedValues(fresh.database)
  vault = await openTestVault(fresh.database)
  warnings = []
})

const neverAborted = new AbortController().signal
const log = { warn: (fields: object) => void warnings.push(fields) }

function reEncrypt(
  overrides: Partial<Parameters<typeof reEncryptValues>[0]> = {},
  signal = neverAborted,
): Promise<ReEncryptTally> {
  return reEncryptValues({ database: fresh.database, vault, log, ...overrides }, { from: null, signal, batchSize: 3 })
}

/** Returns the IDs of the old and the new key. */
async function rotate(): Promise<[string, string]> {
  const old = await fresh.database.dataKey.findFirstOrThrow({ where: { retiredAt: null } })
  const keyId = await fresh.database.$transaction((tx) => rotateKey(tx, vault, null))
  await vault.reload()
  return [old.id, keyId ?? '']
}

async function expectReadable(values: readonly EncryptedValue[]): Promise<void> {
  const deps = { database: fresh.database, vault }
  for (const { context, plaintext } of values) expect(await plaintextAt(deps, context)).toBe(plaintext)
}

test('every encrypted column, in every partition, is re-encrypted and decrypts as before', async () => {
  const deps = { database: fresh.database, vault }
  const values = (
    await Promise.all(
      ['2026-08-04', '2026-11-22', '2027-01-31', '2031-05-01'].map((day) => addOneOfEach(deps, new Date(day))),
    )
  ).flat()
  const before = await Promise.all(values.map(({ context }) => ciphertextAt(fresh.database, context)))
  const [old, keyId] = await rotate()
  expect(await valuesUnder(fresh.database, old)).toBe(values.length)

  expect(await reEncrypt()).toEqual({ resealed: values.length, overtaken: 0, unreadable: 0, next: null })

  expect(await valuesUnder(fresh.database, old)).toBe(0)
  expect(await valuesUnder(fresh.database, keyId)).toBe(values.length)
  await expectReadable(values)
  for (const [index, { context }] of values.entries()) {
    expect(await ciphertextAt(fresh.database, context)).not.toBe(before[index])
  }
  expect(await reEncrypt()).toEqual({ resealed: 0, overtaken: 0, unreadable: 0, next: null })
})

test('the change is invisible: "updatedAt" stays and subscribers are not notified', async () => {
  const [intake, , , access, , setting] = await addOneOfEach({ database: fresh.database, vault })
  const stamps = async () => [
    await fresh.database.booking.findFirstOrThrow({ where: { id: intake?.context.rowId ?? '' } }),
    await fresh.database.calendarConnection.findFirstOrThrow({ where: { id: access?.context.rowId ?? '' } }),
    await fresh.database.systemSetting.findFirstOrThrow({ where: { id: setting?.context.rowId ?? '' } }),
  ]
  const [before, changes] = [await stamps(), await fresh.database.bookingChange.count()]
  await rotate()
  expect((await reEncrypt()).resealed).toBeGreaterThan(0)
  const after = await stamps()
  expect(after.map(({ updatedAt }) => updatedAt)).toEqual(before.map(({ updatedAt }) => updatedAt))
  expect(await fresh.database.bookingChange.count()).toBe(changes)
  // Without the re-encryption setting, the same session updates the timestamp again.
  await fresh.database.booking.updateMany({ where: { id: intake?.context.rowId ?? '' }, data: { duration: 30 } })
  expect((await stamps())[0]?.updatedAt).not.toEqual(before[0]?.updatedAt)
})

test('the log records the new digest of a booking’s values under the booking’s id', async () => {
  const [intake, response, summary] = await addOneOfEach({ database: fresh.database, vault })
  const [, keyId] = await rotate()
  await reEncrypt()
  for (const [value, resource] of [
    [intake, 'booking'],
    [response, 'form_response'],
    [summary, 'context_summary'],
  ] as const) {
    if (value === undefined) throw new Error('addOneOfEach adds one of each')
    const entries = await fresh.database.auditLog.findMany({
      where: { action: 'vault.resealed', resourceId: value.context.rowId },
    })
    const sealedDigest = vault.digestOf((await ciphertextAt(fresh.database, value.context)) ?? '')
    expect(entries).toMatchObject([
      {
        resource,
        bookingId: intake?.context.rowId,
        userId: null,
        metadata: { column: value.context.column, sealedDigest, keyId },
      },
    ])
  }
})

test('a value that is written during its re-encryption stays as written', async () => {
  const [intake] = await addOneOfEach({ database: fresh.database, vault })
  if (intake === undefined) throw new Error('addOneOfEach adds one of each')
  await rotate()
  const newer = await vault.encrypt('newer words', intake.context)
  let isWritten = false
  const slow: Vault = {
    ...vault,
    async encrypt(plaintext, context) {
      const sealed = await vault.encrypt(plaintext, context)
      if (context.rowId === intake.context.rowId && !isWritten) {
        isWritten = true
        await writeCiphertextAt(fresh.database, context, newer)
      }
      return sealed
    },
  }
  expect(await reEncrypt({ vault: slow })).toMatchObject({ overtaken: 1 })
  expect(await ciphertextAt(fresh.database, intake.context)).toBe(newer)
})

test('a locked row is left for another pass, and nobody waits', async () => {
  const [intake, response] = await addOneOfEach({ database: fresh.database, vault })
  const [old] = await rotate()
  const id = intake?.context.rowId ?? ''
  await fresh.database.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${id}::uuid FOR UPDATE`
    // Its answers and summary too: their audit entries would wait for the booking's key.
    expect(await reEncrypt()).toMatchObject({ overtaken: 3, unreadable: 0 })
  })
  expect(await valuesUnder(fresh.database, old)).toBe(3)
  await fresh.database.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM form_responses WHERE id = ${response?.context.rowId ?? ''}::uuid FOR UPDATE`
    expect(await reEncrypt()).toMatchObject({ resealed: 2, overtaken: 1 })
  })
  expect(await reEncrypt()).toMatchObject({ resealed: 1, overtaken: 0 })
})

test('an undecryptable value is counted and reported, and stays byte for byte', async () => {
  const values = await addOneOfEach({ database: fresh.database, vault })
  const [old] = await rotate()
  const damaged = await Promise.all(
    values.map(async ({ context }) => {
      const text = `${((await ciphertextAt(fresh.database, context)) ?? '').slice(0, -4)}AAAA`
      await writeCiphertextAt(fresh.database, context, text)
      return { context, text }
    }),
  )
  expect(await reEncrypt()).toEqual({ resealed: 0, overtaken: 0, unreadable: values.length, next: null })
  for (const { context, text } of damaged) expect(await ciphertextAt(fresh.database, context)).toBe(text)
  expect(await valuesUnder(fresh.database, old)).toBe(values.length)
  expect(warnings).toHaveLength(values.length)
  expect(warnings).toContainEqual({
    column: 'bookings.encryptedIntakeData',
    values: 1,
    rowIds: [values[0]?.context.rowId],
  })
})

test('a pass interrupted at every batch resumes where it stopped, and ends', async () => {
  const deps = { database: fresh.database, vault }
  const values = (await Promise.all(Array.from({ length: 8 }, () => addOneOfEach(deps)))).flat()
  const [old] = await rotate()
  let from: ReEncryptCursor | null = null
  let slices = 0
  let resealed = 0
  do {
    const stop = new AbortController()
    const stopping: Vault = {
      ...vault,
      encrypt: (plaintext, context) => {
        stop.abort()
        return vault.encrypt(plaintext, context)
      },
    }
    const tally: ReEncryptTally = await reEncryptValues(
      { ...deps, vault: stopping, log },
      { from, signal: stop.signal, batchSize: 3 },
    )
    slices += 1
    resealed += tally.resealed
    from = tally.next
  } while (from !== null)
  expect(slices).toBeGreaterThanOrEqual(values.length / 4)
  expect(resealed).toBe(values.length)
  expect(await valuesUnder(fresh.database, old)).toBe(0)
  await expectReadable(values)
})

test('a resumed pass does not read what precedes its cursor', async () => {
  const { userId } = await addPerson(fresh.database, 'pastor')
  const deps = { database: fresh.database, vault }
  const values: EncryptedValue[] = []
  for (let count = 0; count < 4; count += 1) {
    values.push(await addEncryptedIntake(deps, userId, new Date('2035-03-01T09:00:00Z')))
  }
  const ids = values.map(({ context }) => context.rowId).sort()
  const [row] = await fresh.database.$queryRaw<{ partition: string }[]>`
    SELECT tableoid::regclass::text AS partition FROM bookings WHERE id = ${ids[0] ?? ''}::uuid`
  const [old] = await rotate()
  const from = { column: 'bookings.encryptedIntakeData', partition: row?.partition ?? '', after: ids[1] ?? '' } as const
  expect(await reEncryptValues({ ...deps, log }, { from, signal: neverAborted })).toMatchObject({
    resealed: 2,
    next: null,
  })
  expect(await valuesUnder(fresh.database, old)).toBe(2)
})

test('two concurrent passes encrypt each value once', async () => {
  const deps = { database: fresh.database, vault }
  const values = (await Promise.all(Array.from({ length: 6 }, () => addOneOfEach(deps)))).flat()
  const [old] = await rotate()
  const [one, other] = await Promise.all([reEncrypt(), reEncrypt()])
  expect(one.resealed + other.resealed).toBeLessThanOrEqual(values.length)
  await reEncrypt()
  expect(await valuesUnder(fresh.database, old)).toBe(0)
  await expectReadable(values)
})

test('months created during a pass lose nothing', async () => {
  const { userId } = await addPerson(fresh.database, 'pastor')
  const deps = { database: fresh.database, vault }
  const values: EncryptedValue[] = []
  for (let month = 0; month < 12; month += 1) {
    values.push(await addEncryptedIntake(deps, userId, new Date(Date.UTC(2040, month, 5))))
  }
  const [old] = await rotate()
  const movingVault: Vault = {
    ...vault,
    async encrypt(plaintext, context) {
      if (context.rowId === values[5]?.context.rowId) await createMonthPartitions(fresh.database, { monthsAhead: 3 })
      return vault.encrypt(plaintext, context)
    },
  }
  await reEncrypt({ vault: movingVault }).catch(() => undefined)
  await reEncrypt()
  expect(await valuesUnder(fresh.database, old)).toBe(0)
  await expectReadable(values)
})

test('without a retired key there is nothing to do, and values under the audit log’s key are ignored', async () => {
  await vault.mac('a text')
  expect(await reEncrypt({ vault: { ...vault, reload: () => Promise.reject(new Error('asked')) } })).toEqual({
    resealed: 0,
    overtaken: 0,
    unreadable: 0,
    next: null,
  })
})

test('the count has the values of each column by key, and those under none', async () => {
  const [intake, response] = await addOneOfEach({ database: fresh.database, vault })
  await writeCiphertextAt(
    fresh.database,
    intake?.context ?? { column: 'bookings.encryptedIntakeData', rowId: newId(), ownerId: '' },
    'clear',
  )
  const keyId = vault.keyIdOf((response && (await ciphertextAt(fresh.database, response.context))) ?? '')
  const counts = await countValues(fresh.database)
  expect(counts).toContainEqual({ column: 'bookings.encryptedIntakeData', keyId: null, values: 1 })
  expect(
    counts.find(({ column, keyId: id }) => column === 'form_responses.encryptedData' && id === keyId)?.values,
  ).toBeGreaterThan(0)
})
