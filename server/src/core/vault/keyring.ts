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

/** The data keys as known to one node: one encrypts, every one that isn't destroyed decrypts. */
export type Keyring = Readonly<{ activeKeyId: string; keys: ReadonlyMap<string, Buffer> }>

/** Called with the IDs of rewrapped data keys, in the same transaction. It may throw to roll back. */
export type OnKeysRewrapped = (tx: Transaction, keyIds: readonly string[]) => Promise<void>

type KeyringDeps = MasterKeys & Readonly<{ database: Database; clock: Clock; onRewrapped: OnKeysRewrapped | null }>

/**
 * Reads the data keys, and creates the first one in a new database. Data keys under the previous master key are
 * rewrapped with the current one. Throws ConfigurationError, before anything is written, if a data key is under
 * neither.
 */
export async function openKeyring(deps: KeyringDeps): Promise<Keyring> {
  const rows = await readKeyRows(deps.database)
  rejectForeignKeys(rows, deps)
  if (isSettled(rows, deps)) return unwrapAll(rows, deps)
  return deps.database.$transaction(async (tx) => {
    await lockKeys(tx)
    // Another node may have done it while this one waited for the lock.
    const locked = await readKeyRows(tx)
    rejectForeignKeys(locked, deps)
    const rewrapped = await rewrapKeys(tx, locked, deps)
    if (rewrapped.length > 0) await deps.onRewrapped?.(tx, rewrapped)
    if (activeRow(locked) === null) await addDataKey(tx, deps)
    return unwrapAll(await readKeyRows(tx), deps)
  })
}

/**
 * Throws ConfigurationError unless these master keys unwrap all data keys of the database. Writes nothing, and reads
 * only what it needs, so it also works before migrations.
 */
export async function checkDataKeys(deps: MasterKeys & Readonly<{ database: Database }>): Promise<void> {
  const [found] = await deps.database.$queryRaw<{ exists: boolean }[]>`
    SELECT to_regclass('public.data_keys') IS NOT NULL AS "exists"`
  if (!found?.exists) return
  const rows = await readKeyRows(deps.database)
  rejectForeignKeys(rows, deps)
  for (const row of rows) unwrapRow(row, deps)
}

/**
 * Rereads the data keys, because another node may have created a new one. Writes nothing. While ENCRYPTION_KEY is being
 * changed node by node, another node may have rewrapped all keys with a master key unknown here: keys already in memory
 * are unchanged and are kept.
 */
export async function reloadKeyring(deps: KeyringDeps, current: Keyring): Promise<Keyring> {
  const keys = new Map<string, Buffer>()
  const rows = await readKeyRows(deps.database)
  for (const row of rows) {
    const key = current.keys.get(row.id) ?? (wrapperOf(row, deps) === null ? null : unwrapRow(row, deps))
    if (key !== null) keys.set(row.id, key)
  }
  const sealing = rows.find((row) => row.retiredAt === null)
  if (sealing === undefined || !keys.has(sealing.id)) {
    throw new ConfigurationError(
      'ENCRYPTION_KEY was changed while this server was running. Restart it with the new key.',
    )
  }
  return { activeKeyId: sealing.id, keys }
}

/** A new data key, and those it replaced. */
export type Rotation = Readonly<{ keyId: string; retiredKeyIds: string[] }>

type RotateDeps = MasterKeys & Readonly<{ clock: Clock }>

/**
 * Creates a new data key and retires the others, which still decrypt until nothing is encrypted under them. Throws
 * ConfigurationError if ENCRYPTION_KEY was changed since this node started.
 */
export async function rotateDataKeys(tx: Transaction, deps: RotateDeps): Promise<Rotation> {
  await lockKeys(tx)
  rejectOutdatedMasterKey(await readKeyRows(tx), deps)
  const inUse = await tx.dataKey.findMany({ where: { retiredAt: null }, select: { id: true } })
  const retiredKeyIds = inUse.map(({ id }) => id)
  await tx.dataKey.updateMany({ where: { id: { in: retiredKeyIds } }, data: { retiredAt: deps.clock.now() } })
  return { keyId: await addDataKey(tx, deps), retiredKeyIds }
}

/** Rotates if the active key is older than that; else returns null. */
export async function rotateOldDataKey(tx: Transaction, deps: RotateDeps, seconds: number): Promise<Rotation | null> {
  // If two nodes find a key too old, the second acquires this lock only after the first has created the new one.
  await lockKeys(tx)
  const oldest = new Date(deps.clock.now().getTime() - seconds * 1_000)
  const recentKeys = await tx.dataKey.count({ where: { retiredAt: null, createdAt: { gte: oldest } } })
  return recentKeys > 0 ? null : rotateDataKeys(tx, deps)
}

/**
 * Destroys a retired data key: values under it, here or in any copy of the rows, can no longer be decrypted. The caller
 * must ensure that none are left. Returns whether it existed; the audit log's key is never destroyed.
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
 * The ID of the audit log's MAC key, created on the first call. It is retired from the start, so that it encrypts
 * nothing, and a CHECK prevents its destruction, so MACs stay verifiable. Like every data key it is rewrapped when the
 * master key changes.
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

// Newest first: the first unretired key encrypts.
function readKeyRows(database: Database | Transaction): Promise<KeyRow[]> {
  return database.dataKey.findMany({
    where: { destroyedAt: null },
    select: { id: true, wrappedKey: true, wrappedBy: true, retiredAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
}

function activeRow(rows: readonly KeyRow[]): KeyRow | null {
  return rows.find((row) => row.retiredAt === null) ?? null
}

function isSettled(rows: readonly KeyRow[], keys: MasterKeys): boolean {
  return activeRow(rows) !== null && rows.every((row) => wrapperOf(row, keys) === 'current')
}

// Two nodes that start on an empty database must agree on one key: the second waits, and finds it.
async function lockKeys(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('churchhub data keys', 0))::text`
}

async function addDataKey(
  tx: Transaction,
  deps: MasterKeys & Readonly<{ clock: Clock }>,
  attributes: Readonly<{ purpose?: 'audit'; retiredAt?: Date }> = {},
): Promise<string> {
  const { keyId, key } = createDataKey()
  await tx.dataKey.create({
    data: {
      id: keyId,
      wrappedKey: wrapDataKey(deps.masterKey, keyId, key),
      wrappedBy: fingerprintOf(deps.masterKey),
      createdAt: deps.clock.now(),
      ...attributes,
    },
  })
  return keyId
}

/** Rewraps the keys under the previous master key with the current one. Returns their IDs. */
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
  const sealing = activeRow(rows)
  if (sealing === null) throw new ConfigurationError('The database has no active data key. Run npm run keys:rotate.')
  return { activeKeyId: sealing.id, keys: new Map(rows.map((row) => [row.id, unwrapRow(row, keys)])) }
}
