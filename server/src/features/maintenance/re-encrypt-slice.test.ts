import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startNeonBridge } from '../../../test/fakes/neon-bridge.ts'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addOneOfEach, clearEncryptedValues, plaintextAt, valuesUnder } from '../../../test/support/encrypted-values.ts'
import { DESTROY_AFTER_SECONDS } from '../../core/keys/destroy-keys.ts'
import { openVault, type Vault } from '../../core/vault/vault.ts'
import type { JobPayload, Queue } from '../../platform/jobs/queue.ts'
import { Secret } from '../../platform/secret.ts'
import { type ReEncryptSliceDeps, reEncryptSlice } from './re-encrypt-slice.ts'
import { reEncryptValuesJob } from './re-encrypt-values.job.ts'
import { type RotateKeysDeps, rotateKeys } from './rotate-keys.ts'

let fresh: FreshDatabase
let nowMs: number
let vault: Vault
let enqueued: { payload: JobPayload; startAfter: Date | undefined }[]
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.close())
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T09:00:00Z')
  enqueued = []
  await clearEncryptedValues(fresh.database)
  vault = await openVault({ database: fresh.database, masterKey: new Secret(Buffer.alloc(32, 5)), clock })
})

const clock = { now: () => new Date(nowMs) }
const neverAborted = new AbortController().signal
const queue: Pick<Queue, 'enqueue'> = {
  enqueue: async (_tx, name, payload, options) => {
    expect(name).toBe('reseal-values')
    enqueued.push({ payload: reEncryptValuesJob.parsePayload(payload), startAfter: options?.startAfter })
    return name
  },
}
const deps = (): ReEncryptSliceDeps & RotateKeysDeps => ({
  database: fresh.database,
  vault,
  clock,
  queue,
  log: { warn: () => undefined },
})
const run = (payload: JobPayload) =>
  reEncryptValuesJob.runOnce(deps(), payload, { jobId: '1', attempt: 1, signal: neverAborted })

async function rotate(): Promise<string> {
  const { id } = await fresh.database.dataKey.findFirstOrThrow({ where: { retiredAt: null } })
  await rotateKeys(deps(), { olderThanSeconds: null })
  return id
}

test('runs from rotation to the end of the old key, job by job', async () => {
  const values = await addOneOfEach({ database: fresh.database, vault })
  const old = await rotate()
  expect(enqueued.splice(0)).toEqual([{ payload: {}, startAfter: undefined }])

  expect(await run({})).toEqual({ resealed: values.length, overtaken: 0, unreadable: 0, destroyedKeys: 0 })
  const due = new Date(nowMs + DESTROY_AFTER_SECONDS * 1_000)
  expect(enqueued.splice(0)).toEqual([{ payload: {}, startAfter: due }])
  nowMs = due.getTime()
  expect(await run({})).toEqual({ resealed: 0, overtaken: 0, unreadable: 0, destroyedKeys: 1 })

  expect(enqueued).toEqual([])
  expect(await fresh.database.dataKey.findUniqueOrThrow({ where: { id: old } })).toMatchObject({ wrappedKey: null })
  for (const { context, plaintext } of values) expect(await plaintextAt(deps(), context)).toBe(plaintext)
})

test('runs to completion over Neon’s driver too', async () => {
  await using _bridge = await startNeonBridge()
  await using neon = await freshDatabase({ driver: 'neon' })
  const { database } = neon
  const onNeon = await openVault({ database, masterKey: new Secret(Buffer.alloc(32, 5)), clock })
  const values = await addOneOfEach({ database, vault: onNeon })
  const neonDeps = { ...deps(), database, vault: onNeon }
  await rotateKeys(neonDeps, { olderThanSeconds: null })
  expect(await reEncryptSlice(neonDeps, null, neverAborted)).toMatchObject({ resealed: values.length, unreadable: 0 })
  nowMs += DESTROY_AFTER_SECONDS * 1_000
  expect(await reEncryptSlice(neonDeps, null, neverAborted)).toMatchObject({ destroyedKeys: 1 })
  for (const { context, plaintext } of values) expect(await plaintextAt(neonDeps, context)).toBe(plaintext)
})

test('finds what another node encrypted under the old key after the pass, before the key is destroyed', async () => {
  const other = await openVault({ database: fresh.database, masterKey: new Secret(Buffer.alloc(32, 5)), clock })
  const old = await rotate()
  await run({})
  const values = await addOneOfEach({ database: fresh.database, vault: other })
  expect(await valuesUnder(fresh.database, old)).toBe(values.length)
  nowMs += DESTROY_AFTER_SECONDS * 1_000
  expect(await run({})).toMatchObject({ resealed: values.length, destroyedKeys: 1 })
  for (const { context, plaintext } of values) expect(await plaintextAt(deps(), context)).toBe(plaintext)
})

test('a slice that runs out of time passes its position on', async () => {
  await addOneOfEach({ database: fresh.database, vault })
  await rotate()
  enqueued = []
  const slow: Vault = {
    ...vault,
    encrypt: async (plaintext, context) => {
      nowMs += 1
      return vault.encrypt(plaintext, context)
    },
  }
  // A slice ends by real time. Aborting the job's own signal also ends it, without enqueueing another one.
  const stop = AbortSignal.abort()
  expect(await reEncryptSlice({ ...deps(), vault: slow }, null, stop)).toEqual({
    resealed: 0,
    overtaken: 0,
    unreadable: 0,
    destroyedKeys: 0,
  })
  expect(enqueued).toEqual([])
  expect(await reEncryptSlice(deps(), null, neverAborted, 0)).toMatchObject({ destroyedKeys: 0 })
  expect(enqueued).toHaveLength(1)
  expect(enqueued[0]?.payload).toMatchObject({ column: 'bookings.encryptedIntakeData' })
})

test('values changed concurrently get another pass a minute later', async () => {
  const [intake] = await addOneOfEach({ database: fresh.database, vault })
  await rotate()
  enqueued = []
  await fresh.database.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM booking_keys WHERE id = ${intake?.context.rowId ?? ''}::uuid FOR UPDATE`
    expect(await run({})).toMatchObject({ overtaken: 3 })
  })
  expect(enqueued).toEqual([{ payload: {}, startAfter: new Date(nowMs + 60_000) }])
})
