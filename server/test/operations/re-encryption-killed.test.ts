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
  putAt,
  valuesUnder,
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

/** A clock that somebody sets forward. */
function createClock() {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    forward: (seconds: number) => {
      aheadMs += seconds * 1_000
    },
  }
}

/** The values as their writers know them: what each place must say, and which sealed texts they wrote themselves. */
type Ledger = Readonly<{ words: Map<string, EncryptedValue>; written: Set<string> }>

const nameOf = ({ column, rowId }: AadContext) => `${column} ${rowId}`

// Seen red: with the comparison with the old text taken out of the UPDATE a writer's newer words are lost; with the entries
// recorded after the commit a kill between the two leaves values that the log does not know.
test('re-sealing killed fifty times with writers at work loses no word and leaves nothing under the old keys', async () => {
  const { database } = fresh
  const vault = await openVault({ database, masterKey, clock: systemClock })
  const lateClock = createClock()
  const lateVault = await openVault({ database, masterKey, clock: { now: () => new Date(lateClock.now()) } })
  const ledger: Ledger = { words: new Map(), written: new Set() }
  const months = ['2026-08-04', '2026-11-22', '2027-01-31', '2031-05-01'].map((day) => new Date(day))
  for (let round = 0; round < 25; round += 1) {
    const values = await Promise.all(months.map((month) => addOneOfEach({ database, vault }, month)))
    for (const value of values.flat()) {
      ledger.written.add((await ciphertextAt(database, value.place)) ?? '')
      ledger.words.set(nameOf(value.place), value)
    }
  }
  const rotate = async () => {
    await database.$transaction((tx) => rotateKey(tx, vault, null))
    await vault.reload()
  }
  await rotate()

  const done = new AbortController()
  // One vault has heard of the rotation, the other goes on sealing under the old key for as long as a node may.
  const writers = [vault, lateVault].map((node, index) => write(node, ledger, months, index, done.signal))
  const missing: string[] = []
  const killed = await killResealers(async () => {
    // Another rotation makes new work of every value, and would cover up what the log was not told.
    missing.push(...(await unrecorded(vault, ledger)))
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
  for (const { place, words } of ledger.words.values())
    expect(await plaintextAt({ database, vault }, place)).toBe(words)
  missing.push(...(await unrecorded(vault, ledger)))
  expect(missing).toEqual([])
  expect(await database.bookingChange.count()).toBe(0)
  const later = { now: () => new Date(Date.now() + 3_600_000) }
  expect((await destroyKeys({ database, vault, clock: later })).destroyedKeyIds).toHaveLength(retired.length)
}, 240_000)

function reseal(vault: Vault) {
  const deps = { database: fresh.database, vault, log: { warn: () => undefined } }
  return reEncryptValues(deps, { from: null, signal: new AbortController().signal })
}

/** Starts re-sealers and kills each in the middle of its work. One that came to its end is given new work, and not counted. */
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

/** Kills by SIGKILL; returns whether it had come to its end before. */
async function kill(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) return true
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  const [code] = await gone
  return code !== null
}

/** Writes as the verbs do, over and over: new words, new bookings, another month, a row that goes. Returns how often. */
async function write(
  vault: Vault,
  ledger: Ledger,
  months: readonly Date[],
  index: number,
  signal: AbortSignal,
): Promise<number> {
  const { database } = fresh
  const { userId } = await addPerson(database, 'pastor')
  // Each writer has values of its own, so that it knows what must be in them; a third of them only re-sealing ever touches.
  const own = [...ledger.words.values()].filter((_, position) => position % 3 === index)
  let count = 0
  while (!signal.aborted) {
    const value = own[randomInt(own.length)]
    if (value === undefined) throw new Error('a writer has values')
    const { place } = value
    try {
      if (count % 4 === 0) {
        const added = await addEncryptedIntake(
          { database, vault },
          userId,
          months[randomInt(months.length)] ?? new Date(),
        )
        ledger.written.add((await ciphertextAt(database, added.place)) ?? '')
        ledger.words.set(nameOf(added.place), added)
        own.push(added)
      } else if (count % 4 === 1 && place.column === 'bookings.encryptedIntakeData') {
        const startTime = months[randomInt(months.length)] ?? new Date()
        const endTime = new Date(startTime.getTime() + 2_700_000)
        await database.booking.updateMany({ where: { id: place.rowId }, data: { startTime, endTime } })
      } else {
        const words = `words ${count} of writer ${index}`
        const sealed = await vault.encrypt(words, place)
        ledger.written.add(sealed)
        await putAt(database, place, sealed)
        ledger.words.set(nameOf(place), { place, words })
      }
      count += 1
    } catch (error) {
      // A deadlock or a row that moved under it: a verb runs again, and so does this.
      if (databaseFailureOf(error) !== 'conflict') throw error
    }
  }
  return count
}

/** The values hanging on bookings that re-sealing has written without the log knowing their digests. */
async function unrecorded(vault: Vault, { words, written }: Ledger): Promise<string[]> {
  const found: { name: string; digest: string }[] = []
  for (const { place } of [...words.values()]) {
    const sealed = (await ciphertextAt(fresh.database, place)) ?? ''
    const isOfBooking = /^(bookings|context_summaries|form_responses)\./.test(place.column)
    if (isOfBooking && !written.has(sealed)) found.push({ name: nameOf(place), digest: vault.digestOf(sealed) })
  }
  // After the values, because re-sealing goes on: an entry is there as soon as its value is.
  const entries = await fresh.database.$queryRaw<{ digest: string }[]>`
    SELECT metadata ->> 'sealedDigest' AS digest FROM audit_logs WHERE action = 'vault.resealed'`
  const known = new Set(entries.map(({ digest }) => digest))
  return found.filter(({ digest }) => !known.has(digest)).map(({ name }) => name)
}
