import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonViewer } from '../../src/core/access/viewer.ts'
import { createAuditedReader } from '../../src/core/audit/read/audited-reader.ts'
import type { Opened } from '../../src/core/audit/read/open-audited.ts'
import { rotateKey } from '../../src/core/keys/rotate-key.ts'
import type { AadContext } from '../../src/core/vault/aad-context.ts'
import { UnreadableError } from '../../src/core/vault/errors.ts'
import type { Vault } from '../../src/core/vault/vault.ts'
import { openFormResponses } from '../../src/features/bookings/form-responses/open-form-responses.ts'
import { openIntakes } from '../../src/features/bookings/open-intakes.ts'
import { openSummaries } from '../../src/features/summaries/read/open-summaries.ts'
import { newId } from '../../src/platform/ids.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { ciphertextAt, writeCiphertextAt } from '../support/encrypted-values.ts'
import { addBooking, addFormResponse, addPerson, addSummary, openTestVault, testOrigin } from '../support/parish.ts'

/** An encrypted value, and how its owner decrypts it. */
type Target = Readonly<{
  context: AadContext
  owner: PersonViewer
  sealed: string
  open(): Promise<Opened<unknown> | undefined>
}>

let fresh: FreshDatabase
let vault: Vault
let targets: readonly Target[]
let oldKeyId: string
let newKeyId: string

// Two pastors with two bookings each, with intake, answers and summary; half of them under each of two data keys.
beforeAll(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  const pastors = [await addPerson(fresh.database, 'pastor'), await addPerson(fresh.database, 'pastor')]
  const [early, rotated] = [await addTargets(pastors), await rotate()]
  targets = [...early, ...(await addTargets(pastors))]
  oldKeyId = rotated.old
  newKeyId = rotated.newKeyId
})
afterAll(() => fresh.close())

async function rotate(): Promise<{ old: string; newKeyId: string }> {
  const { id } = await fresh.database.dataKey.findFirstOrThrow({ where: { retiredAt: null } })
  const newId = await fresh.database.$transaction((tx) => rotateKey(tx, vault, null))
  await vault.reload()
  return { old: id, newKeyId: newId ?? '' }
}

async function addTargets(owners: readonly PersonViewer[]): Promise<Target[]> {
  const deps = { auditedReader: createAuditedReader(fresh.database), database: fresh.database, vault, newId }
  const added: Target[] = []
  for (const owner of owners) {
    const bookingId = await addBooking(deps, owner, { intake: { notes: 'My marriage is ending.' } })
    const summaryId = await addSummary(deps, owner, bookingId, 'Maria asks about her marriage.')
    const responseId = await addFormResponse(deps, owner, bookingId, [
      { slug: 'why', label: 'Why?', values: ['Grief'] },
    ])
    const kinds = [
      ['bookings.encryptedIntakeData', bookingId, openIntakes],
      ['context_summaries.encryptedSummary', summaryId, openSummaries],
      ['form_responses.encryptedData', responseId, openFormResponses],
    ] as const
    for (const [column, rowId, opener] of kinds) {
      const context = { column, rowId, ownerId: owner.userId }
      const sealed = (await ciphertextAt(fresh.database, context)) ?? ''
      added.push({
        context,
        owner,
        sealed,
        open: async () => (await opener(deps, owner, testOrigin, [rowId])).get(rowId),
      })
    }
  }
  return added
}

/** Replaces a ciphertext, decrypts it as its owner, and restores the original. */
async function expectRefused(target: Target, text: string): Promise<void> {
  const { context, owner } = target
  await writeCiphertextAt(fresh.database, context, text)
  try {
    const before = await unreadableEntries(target, text)
    expect(await target.open()).toBeInstanceOf(UnreadableError)
    const entries = await unreadableEntries(target, text)
    expect(entries).toHaveLength(before.length + 1)
    expect(entries[0]).toMatchObject({ userId: owner.userId, metadata: { column: context.column } })
  } finally {
    await writeCiphertextAt(fresh.database, context, target.sealed)
  }
}

function unreadableEntries({ context }: Target, text: string) {
  const metadata = { path: ['sealedDigest'], equals: vault.digestOf(text) }
  return fresh.database.auditLog.findMany({
    where: { action: 'vault.unreadable', resourceId: context.rowId, metadata },
  })
}

const anyTarget = fc.nat().map((number) => {
  const target = targets[number % targets.length]
  if (target === undefined) throw new Error('there are targets')
  return target
})

test('each untouched value decrypts for its owner', async () => {
  for (const target of targets) {
    const opened = await target.open()
    expect(opened).not.toBeInstanceOf(Error)
    expect(opened).toBeTruthy()
  }
})

test('any two ciphertexts swapped between rows, columns, owners or keys are unreadable', async () => {
  for (const target of targets) {
    for (const source of targets) {
      if (source !== target) await expectRefused(target, source.sealed)
    }
  }
  // All are back in place, and all decrypt.
  for (const target of targets) expect(await target.open()).not.toBeInstanceOf(Error)
}, 60_000)

test('a value with any one bit flipped is unreadable', async () => {
  await fc.assert(
    fc.asyncProperty(anyTarget, fc.nat(), async (target, number) => {
      const [version, keyId, packed = ''] = target.sealed.split('.')
      const bytes = Buffer.from(packed, 'base64url')
      const bit = number % (bytes.length * 8)
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      await expectRefused(target, `${version}.${keyId}.${bytes.toString('base64url')}`)
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('a value with any one character changed, removed or inserted is unreadable', async () => {
  const edit = fc.record({
    at: fc.nat(),
    deleteCount: fc.integer({ min: 0, max: 2 }),
    put: fc.string({ maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(anyTarget, edit, async (target, { at, deleteCount, put }) => {
      const start = at % (target.sealed.length + 1)
      // PostgreSQL stores no NUL in a text, so an attacker can't insert one.
      const text = `${target.sealed.slice(0, start)}${put.replaceAll('\0', '')}${target.sealed.slice(start + deleteCount)}`
      if (text !== target.sealed) await expectRefused(target, text)
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('a tag truncated to any length is unreadable', async () => {
  const [target] = targets
  if (target === undefined) throw new Error('there are targets')
  const [version, keyId, packed = ''] = target.sealed.split('.')
  const bytes = Buffer.from(packed, 'base64url')
  for (let deleteCount = 1; deleteCount <= 16; deleteCount += 1) {
    await expectRefused(target, `${version}.${keyId}.${bytes.subarray(0, -deleteCount).toString('base64url')}`)
  }
})

test.each<[string, (sealed: string) => string]>([
  ['plaintext', () => 'She told me about her marriage.'],
  ['plaintext JSON of the right shape', () => '{"version":1,"text":"All is well.","answers":[],"notes":null}'],
  ['an empty string', () => ''],
  ['blanks', () => '   '],
  ['another version', (sealed) => sealed.replace(/^v1/, 'v2')],
  ['no version', (sealed) => sealed.replace(/^v1\./, '')],
  ['an unknown key', (sealed) => sealed.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.')],
  [
    'the id of another key',
    (sealed) => sealed.replace(/\.([0-9a-f]{16})\./, (_, id) => `.${id === oldKeyId ? newKeyId : oldKeyId}.`),
  ],
  [
    'the key id in upper case',
    (sealed) => sealed.replace(/\.([0-9a-f]{16})\./, (_, id: string) => `.${id.toUpperCase()}x.`),
  ],
  ['padding', (sealed) => `${sealed}=`],
  ['a line break', (sealed) => `${sealed}\n`],
  ['nothing after the key', (sealed) => sealed.slice(0, 'v1.0123456789abcdef.'.length)],
  ['the ciphertext twice', (sealed) => `${sealed}${sealed}`],
  ['a megabyte of ciphertext', (sealed) => `${sealed}${'A'.repeat(1_000_000)}`],
])('%s in an encrypted column is unreadable', async (_, change) => {
  for (const target of targets.slice(0, 3)) await expectRefused(target, change(target.sealed))
})

test('a value encrypted by this vault for the same row and another column is unreadable', async () => {
  const columns = new Set(targets.map(({ context }) => context.column))
  for (const target of targets) {
    const plaintext = await vault.decrypt(target.sealed, target.context)
    for (const column of columns) {
      if (column === target.context.column) continue
      await expectRefused(target, await vault.encrypt(plaintext, { ...target.context, column }))
    }
  }
})

test('a value encrypted by this vault for the same row and another owner is unreadable', async () => {
  for (const target of targets) {
    const others = targets.find(({ owner }) => owner !== target.owner)
    const plaintext = await vault.decrypt(target.sealed, target.context)
    const text = await vault.encrypt(plaintext, { ...target.context, ownerId: others?.owner.userId ?? '' })
    await expectRefused(target, text)
  }
})

test('a plaintext of the wrong shape, encrypted by this vault, is unreadable rather than empty', async () => {
  for (const target of targets.slice(0, 3)) {
    for (const plaintext of [
      '',
      '{}',
      'null',
      '[]',
      '{"version":1}',
      '{"version":2,"text":"x"}',
      '"text"',
      'not JSON',
    ]) {
      await expectRefused(target, await vault.encrypt(plaintext, target.context))
    }
  }
})

test('an older ciphertext in its own place decrypts: audit:verify detects it', async () => {
  const [target] = targets
  if (target === undefined) throw new Error('there are targets')
  const plaintext = await vault.decrypt(target.sealed, target.context)
  await writeCiphertextAt(fresh.database, target.context, await vault.encrypt(plaintext, target.context))
  await writeCiphertextAt(fresh.database, target.context, target.sealed)
  expect(await target.open()).not.toBeInstanceOf(Error)
})

test('one damaged value affects no other', async () => {
  const [target, ...others] = targets
  if (target === undefined) throw new Error('there are targets')
  await writeCiphertextAt(fresh.database, target.context, 'damaged')
  const opened = await Promise.all(others.map((other) => other.open()))
  expect(opened.some((one) => one instanceof Error)).toBe(false)
  expect(await target.open()).toBeInstanceOf(UnreadableError)
  await writeCiphertextAt(fresh.database, target.context, target.sealed)
})
