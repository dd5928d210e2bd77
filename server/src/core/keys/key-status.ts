import type { Transaction } from '../../platform/database/client.ts'
import { type MasterKeys, wrapperOf } from '../vault/master-keys.ts'
import { countValues, type ValueCount } from './count-values.ts'

/** A data key as shown to an operator: never the key, nor anything derived from the master key. */
export type KeyStatus = Readonly<{
  id: string
  purpose: 'seal' | 'audit'
  state: 'in use' | 'retired' | 'destroyed' | 'vouches for the audit log'
  /** Which given master key wraps it; null if neither does, or it is destroyed. */
  wrappedBy: 'current' | 'previous' | null
  createdAt: Date
  retiredAt: Date | null
  destroyedAt: Date | null
  values: readonly ValueCount[]
}>

export type KeysStatus = Readonly<{
  /** Oldest first. */
  keys: readonly KeyStatus[]
  /** Undecryptable values in encrypted columns: under a destroyed or unknown key, or in no valid format. */
  lost: readonly ValueCount[]
}>

/** The data keys and the number of values under each, in one snapshot. */
export async function readKeysStatus(tx: Transaction, masterKeys: MasterKeys): Promise<KeysStatus> {
  const rows = await tx.dataKey.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
  const counts = await countValues(tx)
  const keys = rows.map((row): KeyStatus => {
    const { id, createdAt, retiredAt, destroyedAt } = row
    return {
      id,
      purpose: row.purpose === 'audit' ? 'audit' : 'seal',
      state: stateOf(row),
      wrappedBy: destroyedAt === null ? wrapperOf(row, masterKeys) : null,
      createdAt,
      retiredAt,
      destroyedAt,
      values: counts.filter(({ keyId }) => keyId === id),
    }
  })
  const activeKeys = new Set(keys.filter(({ destroyedAt }) => destroyedAt === null).map(({ id }) => id))
  return { keys, lost: counts.filter(({ keyId }) => keyId === null || !activeKeys.has(keyId)) }
}

function stateOf(row: { purpose: string; retiredAt: Date | null; destroyedAt: Date | null }): KeyStatus['state'] {
  if (row.purpose === 'audit') return 'vouches for the audit log'
  if (row.destroyedAt !== null) return 'destroyed'
  return row.retiredAt === null ? 'in use' : 'retired'
}
