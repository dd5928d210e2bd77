import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { ConfigurationError } from '../../platform/errors.ts'
import { fingerprintOf, type MasterKey, makeDataKey, unwrapDataKey, wrapDataKey } from './data-key.ts'

/** The data keys as one node knows them: one seals, every one that is not destroyed opens. */
export type Keyring = Readonly<{ sealingKeyId: string; keys: ReadonlyMap<string, Buffer> }>

type MasterKeys = Readonly<{ masterKey: MasterKey; previousMasterKey: MasterKey | null }>
type KeyringDeps = MasterKeys & Readonly<{ database: Database; clock: Clock }>
type KeyRow = Readonly<{ id: string; wrappedKey: string | null; wrappedBy: string; retiredAt: Date | null }>

/**
 * Reads the data keys, and makes the first one in a database that has none. Data keys under the previous master key are
 * wrapped again under the current one. Throws ConfigurationError, before anything is written, when a data key is under
 * neither.
 */
export async function openKeyring(deps: KeyringDeps): Promise<Keyring> {
  const rows = await readKeyRows(deps.database)
  refuseForeignKeys(rows, deps)
  if (isSettled(rows, deps)) return unwrapAll(rows, deps)
  return deps.database.$transaction(async (tx) => {
    await lockKeys(tx)
    // Another node may have settled it while this one waited for the lock.
    const locked = await readKeyRows(tx)
    refuseForeignKeys(locked, deps)
    await rewrapKeys(tx, locked, deps)
    if (sealingRow(locked) === null) await addDataKey(tx, deps)
    return unwrapAll(await readKeyRows(tx), deps)
  })
}

/**
 * Reads the data keys again, because another node may have made a new one. Writes nothing. While ENCRYPTION_KEY is being
 * changed node by node, another node may have wrapped all keys under a master key unknown here: those already in hand are
 * the same as ever and are kept.
 */
export async function reloadKeyring(deps: KeyringDeps, inHand: Keyring): Promise<Keyring> {
  const ours = new Set(fingerprintsOf(deps))
  const keys = new Map<string, Buffer>()
  const rows = await readKeyRows(deps.database)
  for (const row of rows) {
    const key = inHand.keys.get(row.id) ?? (ours.has(row.wrappedBy) ? unwrapRow(row, deps) : null)
    if (key !== null) keys.set(row.id, key)
  }
  const sealing = rows.find((row) => row.retiredAt === null)
  if (sealing === undefined || !keys.has(sealing.id)) {
    throw new ConfigurationError('ENCRYPTION_KEY was changed while this server ran. Restart it with the new key.')
  }
  return { sealingKeyId: sealing.id, keys }
}

/** Makes a new data key and retires the others. They go on opening until nothing is sealed under them. */
export async function rotateDataKeys(
  tx: Transaction,
  deps: MasterKeys & Readonly<{ clock: Clock }>,
): Promise<{ keyId: string; retiredKeyIds: string[] }> {
  await lockKeys(tx)
  const inUse = await tx.dataKey.findMany({ where: { retiredAt: null, destroyedAt: null }, select: { id: true } })
  const retiredKeyIds = inUse.map((row) => row.id)
  await tx.dataKey.updateMany({ where: { id: { in: retiredKeyIds } }, data: { retiredAt: deps.clock.now() } })
  return { keyId: await addDataKey(tx, deps), retiredKeyIds }
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

function isSettled(rows: readonly KeyRow[], { masterKey }: MasterKeys): boolean {
  const current = fingerprintOf(masterKey)
  return sealingRow(rows) !== null && rows.every((row) => row.wrappedBy === current)
}

// Two nodes that start on an empty database at once must agree on one key: whoever is second waits, and finds it.
async function lockKeys(tx: Transaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('churchhub data keys', 0))::text`
}

async function addDataKey(tx: Transaction, deps: MasterKeys & Readonly<{ clock: Clock }>): Promise<string> {
  const { keyId, key } = makeDataKey()
  await tx.dataKey.create({
    data: {
      id: keyId,
      wrappedKey: wrapDataKey(deps.masterKey, keyId, key),
      wrappedBy: fingerprintOf(deps.masterKey),
      createdAt: deps.clock.now(),
    },
  })
  return keyId
}

async function rewrapKeys(tx: Transaction, rows: readonly KeyRow[], keys: MasterKeys): Promise<void> {
  const current = fingerprintOf(keys.masterKey)
  for (const row of rows.filter((candidate) => candidate.wrappedBy !== current)) {
    const key = unwrapRow(row, keys)
    await tx.dataKey.update({
      where: { id: row.id },
      data: { wrappedKey: wrapDataKey(keys.masterKey, row.id, key), wrappedBy: current },
    })
  }
}

function unwrapAll(rows: readonly KeyRow[], keys: MasterKeys): Keyring {
  const sealing = sealingRow(rows)
  if (sealing === null) throw new ConfigurationError('The database has no data key in use. Run npm run keys:rotate.')
  return { sealingKeyId: sealing.id, keys: new Map(rows.map((row) => [row.id, unwrapRow(row, keys)])) }
}

function fingerprintsOf({ masterKey, previousMasterKey }: MasterKeys): string[] {
  return [masterKey, previousMasterKey].filter((key) => key !== null).map(fingerprintOf)
}

function refuseForeignKeys(rows: readonly KeyRow[], keys: MasterKeys): void {
  const known = new Set(fingerprintsOf(keys))
  if (rows.every((row) => known.has(row.wrappedBy))) return
  throw new ConfigurationError(
    keys.previousMasterKey === null
      ? 'ENCRYPTION_KEY is not the key that this database was sealed with. Start with that key, or, to change it, ' +
          'give the new key as ENCRYPTION_KEY and the old one as ENCRYPTION_KEY_PREVIOUS. Nothing was changed.'
      : 'Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS is the key that this database was sealed with. ' +
          'Start with that key. Nothing was changed.',
  )
}

function unwrapRow(row: KeyRow, { masterKey, previousMasterKey }: MasterKeys): Buffer {
  const wrapping = row.wrappedBy === fingerprintOf(masterKey) ? masterKey : previousMasterKey
  const key = wrapping === null || row.wrappedKey === null ? null : unwrapDataKey(wrapping, row.id, row.wrappedKey)
  if (key !== null) return key
  throw new ConfigurationError(
    `Data key ${row.id} in the table data_keys is damaged. Restore that row from a backup. Nothing was changed.`,
  )
}
