import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import { recordAudit } from '../audit/record.ts'
import { ENCRYPTION_KEY_MAX_AGE_SECONDS, type Vault } from '../vault/vault.ts'
import { countValues } from './count-values.ts'

export type DestroyKeysDeps = Readonly<{
  database: Database
  clock: Clock
  vault: Pick<Vault, 'destroy' | 'reload'>
}>

/** The outcome for the retired keys. `waitsUntil`: when the next key becomes due. */
export type DestroyedKeys = Readonly<{ destroyedKeyIds: readonly string[]; waitsUntil: Date | null }>

/**
 * The minimum seconds between retiring and destroying a key: until every node encrypts under another, and the same
 * again for the last values to be written.
 */
export const DESTROY_AFTER_SECONDS = 2 * ENCRYPTION_KEY_MAX_AGE_SECONDS

/** The count reads the prefix of every encrypted value. */
const countTimeoutMs = 600_000

/**
 * Destroys data keys that have been retired long enough and have no values in any encrypted column. Each is counted and
 * destroyed in one transaction that excludes writers under that key, and sees what earlier writers have committed (a
 * trigger on the encrypted columns takes the same lock). A key with a single value, readable or not, stays.
 */
export async function destroyKeys(deps: DestroyKeysDeps): Promise<DestroyedKeys> {
  const retired = await deps.database.dataKey.findMany({
    where: { purpose: 'seal', retiredAt: { not: null }, destroyedAt: null },
    select: { id: true, retiredAt: true },
    orderBy: [{ retiredAt: 'asc' }, { id: 'asc' }],
  })
  const now = deps.clock.now()
  const ends = retired.flatMap(({ id, retiredAt }) =>
    retiredAt === null ? [] : [{ id, endsAt: new Date(retiredAt.getTime() + DESTROY_AFTER_SECONDS * 1_000) }],
  )
  const due = ends.filter(({ endsAt }) => endsAt <= now).map(({ id }) => id)
  const waitsUntil = ends.find(({ endsAt }) => endsAt > now)?.endsAt ?? null
  // Counted twice, because the first count blocks nobody: usually it shows that there is nothing to do.
  const empty = due.length === 0 ? [] : await withoutValues(deps.database, due)
  if (empty.length === 0) return { destroyedKeyIds: [], waitsUntil }
  const destroyedKeyIds = await deps.database.$transaction((tx) => destroyEmpty(tx, deps, empty), {
    timeout: countTimeoutMs,
  })
  await deps.vault.reload()
  return { destroyedKeyIds, waitsUntil }
}

function withoutValues(database: Database, keyIds: readonly string[]): Promise<string[]> {
  return database.$transaction((tx) => keysWithoutValues(tx, keyIds), { timeout: countTimeoutMs })
}

async function keysWithoutValues(tx: Transaction, keyIds: readonly string[]): Promise<string[]> {
  await tx.$executeRaw`SELECT set_config('statement_timeout', ${String(countTimeoutMs)}, true)`
  const inUse = new Set((await countValues(tx)).map(({ keyId }) => keyId))
  return keyIds.filter((keyId) => !inUse.has(keyId))
}

async function destroyEmpty(tx: Transaction, deps: DestroyKeysDeps, keyIds: readonly string[]): Promise<string[]> {
  const stillUsed: string[] = []
  for (const keyId of keyIds) {
    // Don't wait: later requests would queue behind a waiting lock. If a writer is using this key, try again next time.
    const [lock] = await tx.$queryRaw<{ isHeld: boolean }[]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended('churchhub data key ' || ${keyId}, 0)) AS "isHeld"`
    if (lock?.isHeld) stillUsed.push(keyId)
  }
  // A separate statement: its snapshot is taken after the locks, so it sees every committed value under these keys.
  const empty = await keysWithoutValues(tx, stillUsed)
  const destroyed: string[] = []
  for (const keyId of empty) if (await deps.vault.destroy(tx, keyId)) destroyed.push(keyId)
  await recordAudit(
    tx,
    destroyed.map((keyId) => ({
      action: 'key.destroyed' as const,
      resource: 'data_key' as const,
      resourceId: keyId,
      userId: null,
      bookingId: null,
      origin: null,
      metadata: {},
    })),
  )
  return destroyed
}
