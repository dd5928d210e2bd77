import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { addPerson } from '../../../test/support/parish.ts'
import { newId } from '../../platform/ids.ts'
import type { PersonViewer } from '../access/viewer.ts'
import { endTokens } from './end-tokens.ts'
import { isTokenText, mintToken, readBearer, tokenHashOf } from './token.ts'
import { createTokens, type Tokens } from './tokens.ts'

let fresh: FreshDatabase
let pastor: PersonViewer
let tokens: Tokens
let now = new Date('2026-11-22T12:00:00Z')
const clock = { now: () => now }

beforeAll(async () => {
  fresh = await freshDatabase()
  pastor = await addPerson(fresh.database, 'pastor')
  tokens = createTokens({ database: fresh.database, clock })
})
afterAll(() => fresh.close())

async function addToken(scopes: string[] = ['bookings:read']) {
  const { token, hash, prefix } = mintToken()
  const id = newId()
  const expiresAt = new Date(now.getTime() + 3_600_000)
  await fresh.database.apiToken.create({
    data: { id, userId: pastor.userId, name: 'A script', prefix, tokenHash: hash, scopes, expiresAt },
  })
  return { id, text: token.reveal() }
}

const rowOf = (id: string) => fresh.database.apiToken.findUniqueOrThrow({ where: { id } })

test('a token has its user’s access limited to its scopes; scopes that no longer exist are ignored', async () => {
  const { id, text } = await addToken(['bookings:read', 'moon:read'])
  expect(await tokens.validate(text)).toEqual({
    kind: 'token',
    userId: pastor.userId,
    role: 'pastor',
    tokenId: id,
    scopes: new Set(['bookings:read']),
  })
  // A hash from a dump of the table grants no access.
  expect(await tokens.validate(tokenHashOf(text))).toBeNull()
  expect(await tokens.validate(text.toUpperCase())).toBeNull()
})

test('its last use is written at most once a minute', async () => {
  const { id, text } = await addToken()
  await tokens.validate(text)
  expect((await rowOf(id)).lastUsedAt).toEqual(now)
  const first = now
  now = new Date(now.getTime() + 59_000)
  await tokens.validate(text)
  expect((await rowOf(id)).lastUsedAt).toEqual(first)
  now = new Date(now.getTime() + 1_000)
  await tokens.validate(text)
  expect((await rowOf(id)).lastUsedAt).toEqual(now)
})

test('it expires to the millisecond', async () => {
  const { id, text } = await addToken()
  const { expiresAt } = await rowOf(id)
  now = new Date(expiresAt.getTime() - 1)
  expect(await tokens.validate(text)).not.toBeNull()
  expect(await tokens.findValid([id])).toEqual(new Set([id]))
  now = expiresAt
  expect(await tokens.validate(text)).toBeNull()
  expect(await tokens.findValid([id])).toEqual(new Set())
})

test('it is revoked once, alone or with all others of its user', async () => {
  const [one, two, three] = [await addToken(), await addToken(), await addToken()]
  expect(await endTokens(fresh.database, { tokenId: one.id }, now)).toEqual([one.id])
  expect(await endTokens(fresh.database, { tokenId: one.id }, now)).toEqual([])
  const others = await endTokens(fresh.database, { userId: pastor.userId }, now)
  expect(others).toEqual(expect.arrayContaining([two.id, three.id]))
  expect(others).not.toContain(one.id)
  for (const { text } of [one, two, three]) expect(await tokens.validate(text)).toBeNull()
})

test('no two tokens are the same, and all have a prefix for people and scanners', () => {
  const minted = Array.from({ length: 1_000 }, mintToken)
  expect(new Set(minted.map(({ hash }) => hash)).size).toBe(minted.length)
  for (const { token, hash, prefix } of minted) {
    expect(isTokenText(token.reveal())).toBe(true)
    expect(token.reveal().startsWith(prefix)).toBe(true)
    expect(prefix).toHaveLength(11)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(String(token)).not.toContain(token.reveal())
  }
})

test.each([
  [undefined, null],
  [null, null],
  ['', null],
  ['Basic c29tZTpib2R5', null],
  ['Bearers chub_x', null],
  ['Bearer', ''],
  ['bearer ', ''],
  ['Bearer chub_x', 'chub_x'],
  ['  BEARER   chub_x  ', 'chub_x'],
])('the header %j carries the token %j', (header, token) => {
  expect(readBearer(header)).toBe(token)
})
