import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { destroyKeys } from '../../src/core/keys/destroy-keys.ts'
import { reEncryptValues } from '../../src/core/keys/re-encrypt-values.ts'
import { rotateKey } from '../../src/core/keys/rotate-key.ts'
import type { AadContext } from '../../src/core/vault/aad-context.ts'
import { openVault, type Vault } from '../../src/core/vault/vault.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { databaseFailureOf } from '../../src/platform/database/failure.ts'
import { Secret } from '../../src/platform/secret.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import {
  addEncryptedIntake,
  addOneOfEach,
  ciphertextAt,
  type EncryptedValue,
  plaintextAt,
  valuesUnder,
  writeCiphertextAt,
} from '../support/encrypted-values.ts'
import { addPerson } from '../support/parish.ts'

const kills = 50
const resealersAtOnce = 3
const masterKey = new Secret(Buffer.alloc(32, 7))

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase({ maxConnections: 12 })
})
afterAll(() => fresh.close())

/** A clock that can be moved forward. */
function createClock() {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    forward: (seconds: number) => {
      aheadMs += seconds * 1_000
    },
  }
}

/** What the writers expect: the plaintext at each place, and the ciphertexts that they wrote themselves. */
type Ledger = Readonly<{ values: Map<string, EncryptedValue>; written: Set<string> }>

const nameOf = ({ column, rowId }: AadContext) => `${column} ${rowId}`

// Fails if the UPDATE doesn't compare the old ciphertext: a writer's newer text is lost. Fails if the entries are
// recorded after the commit: a kill in between leaves values unknown to the log.
test('re-encryption killed fifty times during writes loses no text and leaves no old keys in use', async () => {
  const { database } = fresh
  const vault = await openVault({ database, masterKey, clock: systemClock })
  const lateClock = createClock()
  const lateVault = await openVault({ database, masterKey, clock: { now: () => new Date(lateClock.now()) } })
  const ledger: Ledger = { values: new Map(), written: new Set() }
  const months = ['2026-08-04', '2026-11-22', '2027-01-31', '2031-05-01'].map((day) => new Date(day))
  for (let round = 0; round < 25; round += 1) {
    const values = await Promise.all(months.map((month) => addOneOfEach({ database, vault }, month)))
    for (const value of values.flat()) {
      ledger.written.add((await ciphertextAt(database, value.context)) ?? '')
      ledger.values.set(nameOf(value.context), value)
    }
  }
  const rotate = async () => {
    await database.$transaction((tx) => rotateKey(tx, vault, null))
    await vault.reload()
  }
  await rotate()

  const done = new AbortController()
  // One vault knows of the rotation; the other keeps encrypting under the old key as long as a node may.
  const writers = [vault, lateVault].map((node, index) => write(node, ledger, months, index, done.signal))
  const missing: string[] = []
  const killed = await killResealers(async () => {
    // Before another rotation, which re-encrypts every value and would hide missing log entries.
    missing.push(...(await missingFrom(vault, ledger)))
    await rotate()
  })
  expect(killed).toBe(kills)

  lateClock.forward(301)
  await Promise.all([reseal(vault), wait(500)])
  done.abort()
  const counts = await Promise.all(writers)
  expect(counts.every((count) => count > 10)).toBe(true)
  expect(await reseal(vault)).toMatchObject({ unreadable: 0, overtaken: 0, next: null })

  const retired = await database.dataKey.findMany({ where: { purpose: 'seal', retiredAt: { not: null } } })
  for (const { id } of retired) expect(await valuesUnder(database, id)).toBe(0)
  for (const { context, plaintext: words } of ledger.values.values())
    expect(await plaintextAt({ database, vault }, context)).toBe(words)
  missing.push(...(await missingFrom(vault, ledger)))
  expect(missing).toEqual([])
  expect(await database.bookingChange.count()).toBe(0)
  const later = { now: () => new Date(Date.now() + 3_600_000) }
  expect((await destroyKeys({ database, vault, clock: later })).destroyedKeyIds).toHaveLength(retired.length)
}, 240_000)

function reseal(vault: Vault) {
  const deps = { database: fresh.database, vault, log: { warn: () => undefined } }
  return reEncryptValues(deps, { from: null, signal: new AbortController().signal })
}

/**
 * Starts re-encryption processes and kills each in the middle of its work. One that finishes first gets new work, and
 * isn't counted.
 */
async function killResealers(rotate: () => Promise<void>): Promise<number> {
  let killed = 0
  const slots = Array.from({ length: resealersAtOnce }, async () => {
    while (killed < kills) {
      const resealer = await startResealer()
      await wait(randomInt(1, 80))
      const hasEnded = await kill(resealer)
      if (!hasEnded && killed < kills) killed += 1
      else await rotate()
    }
  })
  await Promise.all(slots)
  return killed
}

async function startResealer(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/re-encrypter.ts'), fresh.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  expect(line).toBe('started')
  return child
}

/** Sends SIGKILL; returns whether the process had already finished. */
async function kill(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) return true
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  const [code] = await exited
  return code !== null
}

/**
 * Writes repeatedly as the use cases do: new texts, new bookings, another month, a deleted row. Returns the number of
 * writes.
 */
async function write(
  vault: Vault,
  ledger: Ledger,
  months: readonly Date[],
  index: number,
  signal: AbortSignal,
): Promise<number> {
  const { database } = fresh
  const { userId } = await addPerson(database, 'pastor')
  // Each writer has its own values, so that it knows what they must contain; only re-encryption touches the last third.
  const own = [...ledger.values.values()].filter((_, position) => position % 3 === index)
  let count = 0
  while (!signal.aborted) {
    const value = own[randomInt(own.length)]
    if (value === undefined) throw new Error('a writer has values')
    const { context } = value
    try {
      if (count % 4 === 0) {
        const added = await addEncryptedIntake(
          { database, vault },
          userId,
          months[randomInt(months.length)] ?? new Date(),
        )
        ledger.written.add((await ciphertextAt(database, added.context)) ?? '')
        ledger.values.set(nameOf(added.context), added)
        own.push(added)
      } else if (count % 4 === 1 && context.column === 'bookings.encryptedIntakeData') {
        const startTime = months[randomInt(months.length)] ?? new Date()
        const endTime = new Date(startTime.getTime() + 2_700_000)
        await database.booking.updateMany({ where: { id: context.rowId }, data: { startTime, endTime } })
      } else {
        const values = `words ${count} of writer ${index}`
        const sealed = await vault.encrypt(values, context)
        ledger.written.add(sealed)
        await writeCiphertextAt(database, context, sealed)
        ledger.values.set(nameOf(context), { context, plaintext: values })
      }
      count += 1
    } catch (error) {
      // A deadlock or a concurrently moved row: a use case retries, and so does this.
      if (databaseFailureOf(error) !== 'conflict') throw error
    }
  }
  return count
}

/** The values on bookings that re-encryption wrote without their digests in the log. */
async function missingFrom(vault: Vault, { values, written }: Ledger): Promise<string[]> {
  const found: { name: string; digest: string }[] = []
  for (const { context } of [...values.values()]) {
    const sealed = (await ciphertextAt(fresh.database, context)) ?? ''
    const isOfBooking = /^(bookings|context_summaries|form_responses)\./.test(context.column)
    if (isOfBooking && !written.has(sealed)) found.push({ name: nameOf(context), digest: vault.digestOf(sealed) })
  }
  // Read after the values, because re-encryption continues: an entry exists as soon as its value does.
  const entries = await fresh.database.$queryRaw<{ digest: string }[]>`
    SELECT metadata ->> 'sealedDigest' AS digest FROM audit_logs WHERE action = 'vault.resealed'`
  const known = new Set(entries.map(({ digest }) => digest))
  return found.filter(({ digest }) => !known.has(digest)).map(({ name }) => name)
}
