import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findingsOf, record, recordPast, tamper } from '../../../../test/support/audit-log.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.ts'
import { openTestVault } from '../../../../test/support/parish.ts'
import { systemClock } from '../../../platform/clock.ts'
import { newId } from '../../../platform/ids.ts'
import { Secret } from '../../../platform/secret.ts'
import { openVault, type Vault } from '../../vault/vault.ts'
import { readAuditRows } from '../audit-rows.ts'
import { digestOfLeaves, leafAt, leafBytes, leafOf, packLeaves } from '../seal/leaves.ts'
import { digestOfSeal, readSeals, sealText } from '../seal/seal.ts'
import { sealLog } from '../seal/seal-log.ts'

// Each of these fails without its check: with compareSegment returning null (edited, removed, inserted, reordered,
// truncated), or flawOf accepting any MAC (recomputed without the key).
let fresh: FreshDatabase
let vault: Vault
let ids: string[]
beforeEach(async () => {
  fresh = await freshDatabase()
  vault = await openTestVault(fresh.database)
  ids = await recordPast(fresh.database, '2025-03-31T23:59:50Z', 40)
  const sealed = await seal()
  expect(sealed).toEqual({ seals: 6, rows: 40, isBehind: false, isWaiting: false })
})
afterEach(() => fresh.close())

const seal = () => sealLog({ database: fresh.database, vault, clock: systemClock }, { grace: 0, segmentRows: 9 })
const verify = () => findingsOf(fresh.database, vault)
const at = (index: number) => new Date(Date.parse('2025-03-31T23:59:50Z') + index * 1_000)
const id = (index: number) => ids[index] ?? ''
const firstFinding = async () => (await verify()).findings[0]

test('an untouched log has no findings, also while it grows', async () => {
  expect(await verify()).toEqual({ findings: [], tally: { seals: 6, rows: 40, droppedRows: 0 } })
  await record(fresh.database, 10)
  expect(await verify()).toEqual({ findings: [], tally: { seals: 6, rows: 40, droppedRows: 0 } })
  // One transaction, and so one time, which seals don't split.
  await seal()
  expect(await verify()).toEqual({ findings: [], tally: { seals: 7, rows: 50, droppedRows: 0 } })
})

test('a segment lies within one month', async () => {
  const seals = await readSeals(fresh.database, 0, 10)
  expect(seals.slice(0, 5).map(({ until, rowCount }) => [until.toISOString(), rowCount])).toEqual([
    ['2025-03-31T23:59:59.000Z', 9],
    ['2025-04-01T00:00:00.000Z', 1],
    ['2025-04-01T00:00:09.000Z', 9],
    ['2025-04-01T00:00:18.000Z', 9],
    ['2025-04-01T00:00:27.000Z', 9],
  ])
  expect(seals.slice(5)).toMatchObject([{ from: new Date('2025-04-01T00:00:27.000Z'), rowCount: 3 }])
})

describe('an edited row is detected and named', () => {
  test.each([
    ['action', `UPDATE audit_logs SET action = 'summary.read' WHERE id = $1`],
    ['user', `UPDATE audit_logs SET "userAgent" = 'x' WHERE id = $1`],
    ['address', `UPDATE audit_logs SET "ipAddress" = '203.0.113.8' WHERE id = $1`],
    ['netmask of the address', `UPDATE audit_logs SET "ipAddress" = '203.0.113.7/24' WHERE id = $1`],
    ['metadata', `UPDATE audit_logs SET metadata = '{}' WHERE id = $1`],
    ['metadata to a JSON null', `UPDATE audit_logs SET metadata = 'null' WHERE id = $1`],
    [
      'metadata to a number that JavaScript cannot hold',
      `UPDATE audit_logs SET metadata = '{"jobType": 1e999}' WHERE id = $1`,
    ],
    ['resource', `UPDATE audit_logs SET "resourceId" = NULL WHERE id = $1`],
  ])('in its %s', async (_, sql) => {
    await tamper(fresh.url, [sql, id(22)])
    const { findings } = await verify()
    expect(findings).toMatchObject([{ kind: 'edited', row: { id: id(22), createdAt: at(22) }, seal: 4 }])
  })

  test('in its id', async () => {
    await tamper(fresh.url, ['UPDATE audit_logs SET id = $2 WHERE id = $1', id(22), newId()])
    expect(await firstFinding()).toMatchObject({ kind: 'edited', row: { id: id(22), createdAt: at(22) } })
  })
})

test('numbers that are equal in JavaScript are distinguished', async () => {
  await record(fresh.database, 1)
  const newest = `UPDATE audit_logs SET metadata = $1 WHERE "createdAt" = (SELECT max("createdAt") FROM audit_logs)`
  await tamper(fresh.url, [newest, '{"count": 90071992547409930001}'])
  await seal()
  expect((await verify()).findings).toEqual([])
  await tamper(fresh.url, [newest, '{"count": 90071992547409930002}'])
  expect((await verify()).findings).toMatchObject([{ kind: 'edited' }])
})

test('a removed row is detected and named', async () => {
  await tamper(fresh.url, ['DELETE FROM audit_logs WHERE id = $1', id(13)])
  expect((await verify()).findings).toMatchObject([{ kind: 'removed', row: { id: id(13), createdAt: at(13) } }])
})

describe('an inserted row is detected and named', () => {
  const insert = `INSERT INTO audit_logs (id, action, resource, "createdAt") VALUES ($1, 'session.signed_out', 'session', $2)`
  test.each([
    ['between two rows', at(13.5)],
    ['at the time of another row', at(13)],
    ['before the first row', new Date('2024-01-01T00:00:00Z')],
  ])('%s', async (_, createdAt) => {
    const inserted = newId()
    await tamper(fresh.url, [insert, inserted, createdAt])
    expect((await verify()).findings).toMatchObject([{ kind: 'inserted', row: { id: inserted, createdAt } }])
  })

  test('before 1970', async () => {
    await tamper(fresh.url, [insert, newId(), '4000-01-01 BC'])
    expect((await verify()).findings).toMatchObject([{ kind: 'inserted', row: null }])
  })

  test('as the copy of an existing row, including its id', async () => {
    const copy = `INSERT INTO audit_logs SELECT id, "userId", "bookingId", action, resource, "resourceId", "ipAddress",
      "userAgent", metadata, $2 FROM audit_logs WHERE id = $1`
    await tamper(fresh.url, [copy, id(13), at(20.5)])
    expect((await verify()).findings).toMatchObject([{ kind: 'inserted', row: { id: id(13), createdAt: at(20.5) } }])
  })
})

describe('reordered rows are detected and named', () => {
  const setTime = 'UPDATE audit_logs SET "createdAt" = $2 WHERE id = $1'
  test.each([
    ['in one segment', 11, 14],
    ['across segments', 3, 30],
  ])('two with swapped times, %s', async (_, one, other) => {
    await tamper(fresh.url, [setTime, id(one), at(other)], [setTime, id(other), at(one)])
    expect(await firstFinding()).toMatchObject({ kind: 'reordered', row: { createdAt: at(one) } })
  })

  test('two with swapped ids', async () => {
    const setId = 'UPDATE audit_logs SET id = $2 WHERE id = $1'
    const parkedId = newId()
    await tamper(fresh.url, [setId, id(11), parkedId], [setId, id(14), id(11)], [setId, parkedId, id(14)])
    expect(await firstFinding()).toMatchObject({ kind: 'reordered', row: { createdAt: at(11) } })
  })

  test('one that was moved', async () => {
    await tamper(fresh.url, [setTime, id(11), at(25.5)])
    expect(await firstFinding()).toMatchObject({ kind: 'reordered', row: { id: id(11), createdAt: at(11) } })
  })
})

test('a truncated tail is detected, and the first missing row is named', async () => {
  await recordPast(fresh.database, new Date(Date.now() + 60_000).toISOString(), 2)
  await tamper(fresh.url, [`DELETE FROM audit_logs WHERE "createdAt" BETWEEN $1 AND now()`, at(26)])
  expect((await verify()).findings).toMatchObject([{ kind: 'cut_off', row: { id: id(26), createdAt: at(26) } }])
})

describe('an attacker with the database but not the key', () => {
  /** Edits a row and recomputes every seal from there on with another key, as the sealer would. */
  async function recompute(other: Vault | null) {
    await tamper(fresh.url, [`UPDATE audit_logs SET action = 'summary.read' WHERE id = $1`, id(22)])
    let previousDigest: string | null = null
    for (const before of await readSeals(fresh.database, 3, 10)) {
      const rows = (await Array.fromAsync(readAuditRows(fresh.database, before))).flat()
      const leaves = packLeaves(rows.map(leafOf))
      const segment = {
        ...before,
        rowsDigest: digestOfLeaves(leaves),
        previousDigest: previousDigest ?? before.previousDigest,
      }
      const digest = digestOfSeal(segment)
      const mac = other === null ? before.mac : (await other.mac(sealText(segment))).mac
      await tamper(fresh.url, [
        `UPDATE audit_seals SET leaves = $2, "rowsDigest" = $3, "previousDigest" = $4, digest = $5, mac = $6 WHERE number = $1`,
        before.number,
        leaves,
        segment.rowsDigest,
        segment.previousDigest,
        digest,
        mac,
      ])
      previousDigest = digest
    }
  }

  test('is detected after replacing rows and recomputing every digest', async () => {
    await recompute(null)
    expect((await verify()).findings).toMatchObject([{ kind: 'forged', seal: 4 }])
  })

  test('is detected when using another key', async () => {
    await using elsewhere = await freshDatabase()
    const masterKey = new Secret(Buffer.alloc(32, 9))
    await recompute(await openVault({ database: elsewhere.database, masterKey, clock: systemClock }))
    expect((await verify()).findings).toMatchObject([{ kind: 'forged', seal: 4 }])
  })

  test('cannot remove a seal, renumber the rest, or change a seal', async () => {
    await tamper(fresh.url, ['DELETE FROM audit_seals WHERE number = 3'])
    expect(await firstFinding()).toMatchObject({ kind: 'removed', seal: 4 })
    await tamper(fresh.url, ['UPDATE audit_seals SET number = number - 1 WHERE number > 3'])
    expect(await firstFinding()).toMatchObject({ kind: 'forged', seal: 3 })
  })

  test('cannot change or remove the leaves', async () => {
    const another = 'set_byte(leaves, 40, (get_byte(leaves, 40) + 1) % 256)'
    await tamper(fresh.url, [`UPDATE audit_seals SET leaves = ${another} WHERE number = 2`])
    expect((await verify()).findings).toMatchObject([{ kind: 'forged', seal: 2 }])
    await tamper(fresh.url, [`UPDATE audit_seals SET leaves = NULL WHERE number = 2`])
    expect((await verify()).findings).toMatchObject([{ kind: 'forged', seal: 2 }])
  })
})

test('seals survive a rotation of the data keys and a change of the master key', async () => {
  await fresh.database.$transaction((tx) => vault.rotate(tx))
  await fresh.database.dataKey.updateMany({
    where: { purpose: 'seal', retiredAt: { not: null } },
    data: { wrappedKey: null, destroyedAt: new Date() },
  })
  const keys = { masterKey: new Secret(Buffer.alloc(32, 3)), previousMasterKey: new Secret(Buffer.alloc(32, 7)) }
  const onRewrapped = () => Promise.resolve()
  const later = await openVault({ database: fresh.database, ...keys, clock: systemClock, onRewrapped })
  expect((await findingsOf(fresh.database, later)).findings).toEqual([])
})

test('the key of the seals cannot be destroyed', async () => {
  const destroyed = { wrappedKey: null, destroyedAt: new Date() }
  const destroy = fresh.database.dataKey.updateMany({ where: { purpose: 'audit' }, data: destroyed })
  await expect(destroy).rejects.toThrow(/data_keys_purpose_check/)
})

test('leaves survive packing', () => {
  const leaf = { createdAt: at(0.25), id: id(0), digest: 'ab'.repeat(32) }
  const packed = packLeaves([leaf, leaf])
  expect(packed).toHaveLength(2 * leafBytes)
  expect([leafAt(packed, 0), leafAt(packed, 1), leafAt(packed, 2)]).toEqual([leaf, leaf, null])
})
