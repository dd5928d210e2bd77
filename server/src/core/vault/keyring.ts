import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { ConfigurationError } from '../../platform/errors.ts'
import { createDataKey, fingerprintOf, wrapDataKey } from './data-key.ts'
import {
  type KeyRow,
  type MasterKeys,
  rejectForeignKeys,
  rejectOutdatedMasterKey,
  unwrapRow,
  wrapperOf,
} from './master-keys.ts'

/** The data keys as one node knows them: one seals, every one that is not destroyed opens. */
export type Keyring = Readonly<{ sealingKeyId: string; keys: ReadonlyMap<string, Buffer> }>

/** Is told, in the transaction that does it, which data keys were put under another master key. Let it throw to undo that. */
export type OnRewrapped = (tx: Transaction, keyIds: readonly string[]) => Promise<void>

type KeyringDeps = MasterKeys & Readonly<{ database: Database; clock: Clock; onRewrapped: OnRewrapped | null }>

/**
 * Reads the data keys, and makes the first one in a database that has none. Data keys under the previous master key are
 * wrapped again under the current one. Throws ConfigurationError, before anything is written, when a data key is under
 * neither.
 */
export async function openKeyring(deps: KeyringDeps): Promise<Keyring> {
  const rows = await readKeyRows(deps.database)
  rejectForeignKeys(rows, deps)
  if (isSettled(rows, deps)) return unwrapAll(rows, deps)
  return deps.database.$transaction(async (tx) => {
    await lockKeys(tx)
    // Another node may have settled it while this one waited for the lock.
    const locked = await readKeyRows(tx)
    rejectForeignKeys(locked, deps)
    const rewrapped = await rewrapKeys(tx, locked, deps)
    if (rewrapped.length > 0) await deps.onRewrapped?.(tx, rewrapped)
    if (sealingRow(locked) === null) await addDataKey(tx, deps)
    return unwrapAll(await readKeyRows(tx), deps)
  })
}

/**
 * Throws ConfigurationError when the data keys of this database can't all be unwrapped with these master keys. Writes
 * nothing, and reads no more of the database than this needs, so that it can be asked of one that is not migrated yet.
 */
export async function checkDataKeys(deps: MasterKeys & Readonly<{ database: Database }>): Promise<void> {
  const [found] = await deps.database.$queryRaw<{ isThere: boolean }[]>`
    SELECT to_regclass('public.data_keys') IS NOT NULL AS "isThere"`
  if (!found?.isThere) return
  const rows = await readKeyRows(deps.database)
  rejectForeignKeys(rows, deps)
  for (const row of rows) unwrapRow(row, deps)
}

/**
 * Reads the data keys again, because another node may have made a new one. Writes nothing. While ENCRYPTION_KEY is being
 * changed node by node, another node may have wrapped all keys under a master key unknown here: those already in hand are
 * the same as ever and are kept.
 */
export async function reloadKeyring(deps: KeyringDeps, inHand: Keyring): Promise<Keyring> {
  const keys = new Map<string, Buffer>()
  const rows = await readKeyRows(deps.database)
  for (const row of rows) {
    const key = inHand.keys.get(row.id) ?? (wrapperOf(row, deps) === null ? null : unwrapRow(row, deps))
    if (key !== null) keys.set(row.id, key)
  }
  const sealing = rows.find((row) => row.retiredAt === null)
  if (sealing === undefined || !keys.has(sealing.id)) {
    throw new ConfigurationError(
      'ENCRYPTION_KEY was changed while this server was running. Restart it with the new key.',
    )
  }
  return { sealingKeyId: sealing.id, keys }
}

/** A new data key, and those that it put out of use. */
export type Rotation = Readonly<{ keyId: string; retiredKeyIds: string[] }>

type RotateDeps = MasterKeys & Readonly<{ clock: Clock }>

/**
 * Makes a new data key and retires the others, which go on opening until nothing is sealed under them.
 * Throws ConfigurationError when ENCRYPTION_KEY was changed since this node started.
 */
export async function rotateDataKeys(tx: Transaction, deps: RotateDeps): Promise<Rotation> {
  await lockKeys(tx)
  rejectOutdatedMasterKey(await readKeyRows(tx), deps)
  const inUse = await tx.dataKey.findMany({ where: { retiredAt: null }, select: { id: true } })
  const retiredKeyIds = inUse.map(({ id }) => id)
  await tx.dataKey.updateMany({ where: { id: { in: retiredKeyIds } }, data: { retiredAt: deps.clock.now() } })
  return { keyId: await addDataKey(tx, deps), retiredKeyIds }
}

/** Does so when the key in use is older than that; else returns null. */
export async function rotateOldDataKey(tx: Transaction, deps: RotateDeps, seconds: number): Promise<Rotation | null> {
  // Of two nodes that find a key too old, the second comes past this lock when the first has made the new one.
  await lockKeys(tx)
  const oldest = new Date(deps.clock.now().getTime() - seconds * 1_000)
  const young = await tx.dataKey.count({ where: { retiredAt: null, createdAt: { gte: oldest } } })
  return young > 0 ? null : rotateDataKeys(tx, deps)
}

/**
 * Destroys a data key that has been retired: what is sealed under it, here or in any copy of the rows, opens nowhere any
 * more. Whether nothing is left under it is for the caller to know. Returns whether it was there to destroy; the key of the
 * audit log never is.
 */
export async function destroyDataKey(
  tx: Transaction,
  deps: Readonly<{ clock: Clock }>,
  keyId: string,
): Promise<boolean> {
  const { count } = await tx.dataKey.updateMany({
    where: { id: keyId, purpose: 'seal', destroyedAt: null, retiredAt: { not: null } },
    data: { wrappedKey: null, destroyedAt: deps.clock.now() },
  })
  return count > 0
}

/**
 * The id of the key that vouches for the audit log, made on the first call. It is retired from birth, so that it seals
 * nothing, and a CHECK keeps it from being destroyed: what it vouched for stays verifiable. Like every data key it is
 * wrapped again when the master key changes.
 */
export async function auditKeyId(deps: KeyringDeps): Promise<string> {
  const known = await readAuditKeyId(deps.database)
  if (known !== null) return known
  return deps.database.$transaction(async (tx) => {
    await lockKeys(tx)
    const locked = await readAuditKeyId(tx)
    if (locked !== null) return locked
    rejectOutdatedMasterKey(await readKeyRows(tx), deps)
    const now = deps.clock.now()
    return addDataKey(tx, deps, { purpose: 'audit', retiredAt: now })
  })
}

async function readAuditKeyId(database: Database | Transaction): Promise<string | null> {
  const row = await database.dataKey.findFirst({
    where: { purpose: 'audit' },
    select: { id: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  return row?.id ?? null
}

// Newest first: the first that is not retired seals.
function readKeyRows(database: Database | Transaction): Promise<KeyRow[]> {
  return database.dataKey.findMany({
    where: { destroyedAt: null },
    select: { id: true, wrappedKey: true, wrappedBy: true, retiredAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
}

function sealingRow(rows: readonly KeyRow[]): KeyRow | null {
  return rows.find((row) => row.retiredAt === null) ?? null
}

function isSettled(rows: readonly KeyRow[], keys: MasterKeys): boolean {
  return sealingRow(rows) !== null && rows.every((row) => wrapperOf(row, keys) === 'current')
}

// Two nodes that start on an empty database at once must agree on one key: whoever is second waits, and finds it.
async function lockKeys(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('churchhub data keys', 0))::text`
}

async function addDataKey(
  tx: Transaction,
  deps: MasterKeys & Readonly<{ clock: Clock }>,
  life: Readonly<{ purpose?: 'audit'; retiredAt?: Date }> = {},
): Promise<string> {
  const { keyId, key } = createDataKey()
  await tx.dataKey.create({
    data: {
      id: keyId,
      wrappedKey: wrapDataKey(deps.masterKey, keyId, key),
      wrappedBy: fingerprintOf(deps.masterKey),
      createdAt: deps.clock.now(),
      ...life,
    },
  })
  return keyId
}

/** Puts what is under the previous master key under the current one. Returns the ids of those. */
async function rewrapKeys(tx: Transaction, rows: readonly KeyRow[], keys: MasterKeys): Promise<string[]> {
  const former = rows.filter((row) => wrapperOf(row, keys) !== 'current')
  for (const row of former) {
    const key = unwrapRow(row, keys)
    await tx.dataKey.update({
      where: { id: row.id },
      data: { wrappedKey: wrapDataKey(keys.masterKey, row.id, key), wrappedBy: fingerprintOf(keys.masterKey) },
    })
  }
  return former.map(({ id }) => id)
}

function unwrapAll(rows: readonly KeyRow[], keys: MasterKeys): Keyring {
  const sealing = sealingRow(rows)
  if (sealing === null) throw new ConfigurationError('The database has no active data key. Run npm run keys:rotate.')
  return { sealingKeyId: sealing.id, keys: new Map(rows.map((row) => [row.id, unwrapRow(row, keys)])) }
}
