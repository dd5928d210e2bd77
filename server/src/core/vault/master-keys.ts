import { ConfigurationError } from '../../platform/errors.ts'
import { fingerprintOf, type MasterKey, unwrapDataKey } from './data-key.ts'

/** ENCRYPTION_KEY, and ENCRYPTION_KEY_PREVIOUS while the first is being changed. */
export type MasterKeys = Readonly<{ masterKey: MasterKey; previousMasterKey: MasterKey | null }>

/** A row of a data key that isn't destroyed. */
export type KeyRow = Readonly<{ id: string; wrappedKey: string | null; wrappedBy: string; retiredAt: Date | null }>

/** Which of the two wrapped a data key; null if neither did. */
export function wrapperOf(
  row: Pick<KeyRow, 'wrappedBy'>,
  { masterKey, previousMasterKey }: MasterKeys,
): 'current' | 'previous' | null {
  if (row.wrappedBy === fingerprintOf(masterKey)) return 'current'
  return previousMasterKey !== null && row.wrappedBy === fingerprintOf(previousMasterKey) ? 'previous' : null
}

/** Throws ConfigurationError unless every data key is under one of the two, and the two differ. */
export function rejectForeignKeys(rows: readonly KeyRow[], keys: MasterKeys): void {
  const { masterKey, previousMasterKey } = keys
  if (previousMasterKey !== null && fingerprintOf(previousMasterKey) === fingerprintOf(masterKey)) {
    throw new ConfigurationError(
      'ENCRYPTION_KEY_PREVIOUS is the same key as ENCRYPTION_KEY. To change the key, set ENCRYPTION_KEY to the new one ' +
        'and ENCRYPTION_KEY_PREVIOUS to the old one. Otherwise remove ENCRYPTION_KEY_PREVIOUS. Nothing was changed.',
    )
  }
  if (rows.every((row) => wrapperOf(row, keys) !== null)) return
  throw new ConfigurationError(
    previousMasterKey === null
      ? 'ENCRYPTION_KEY is not the key that this database is encrypted with. Start with that key or, to change it, ' +
          'set ENCRYPTION_KEY to the new key and ENCRYPTION_KEY_PREVIOUS to the old one. Nothing was changed.'
      : 'Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS is the key that this database is encrypted with. ' +
          'Start with that key. Nothing was changed.',
  )
}

/**
 * Throws ConfigurationError if another node has changed ENCRYPTION_KEY since this one started: a data key created here
 * would be under the old one and unreadable for later starts.
 */
export function rejectOutdatedMasterKey(rows: readonly KeyRow[], keys: MasterKeys): void {
  if (rows.every((row) => wrapperOf(row, keys) === 'current')) return
  throw new ConfigurationError('ENCRYPTION_KEY was changed while this server was running. Restart it with the new key.')
}

/** The data key of a row. Throws ConfigurationError if it can't be unwrapped. */
export function unwrapRow(row: KeyRow, keys: MasterKeys): Buffer {
  const wrapping = wrapperOf(row, keys) === 'current' ? keys.masterKey : keys.previousMasterKey
  const key = wrapping === null || row.wrappedKey === null ? null : unwrapDataKey(wrapping, row.id, row.wrappedKey)
  if (key !== null) return key
  throw new ConfigurationError(
    `Data key ${row.id} in the table data_keys is damaged. Restore that row from a backup. Nothing was changed.`,
  )
}
