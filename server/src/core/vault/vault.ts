import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Transaction } from '../../platform/database/client.ts'
import type { AadContext } from './aad-context.ts'
import { decryptBytes, encryptBytes, NONCE_BYTES } from './aes-gcm.ts'
import type { MasterKey } from './data-key.ts'
import { UnreadableError } from './errors.ts'
import { aadOf, formatEncrypted, keyIdOf, parseEncrypted } from './format.ts'
import {
  auditKeyId,
  destroyDataKey,
  type Keyring,
  type OnRewrapped,
  openKeyring,
  type Rotation,
  reloadKeyring,
  rotateDataKeys,
  rotateOldDataKey,
} from './keyring.ts'
import { isSameMac, type Mac, macOf } from './mac.ts'

/** Seals and opens text. The only way to a sealed column, in both directions. */
export type Vault = Readonly<{
  /** Seals text for one place, under the newest data key. The same text seals differently each time. */
  seal(plaintext: string, place: AadContext): Promise<string>
  /** Opens a sealed text. Throws UnreadableError unless it was sealed for just this place and is whole. */
  open(sealed: string, place: AadContext): Promise<string>
  /** SHA-256 (hex) of a sealed text: what the audit log keeps of it. */
  digestOf(sealed: string): string
  /** Vouches for a text with the audit log's own key. It is the same in every node and never destroyed. */
  mac(text: string): Promise<Mac>
  /** Whether this vault vouched for the text. False, too, for a key that it doesn't have. */
  isMac(text: string, mac: Mac): Promise<boolean>
  /** The id of the data key that a sealed text is under; null when it is no sealed text. Says nothing about its worth. */
  keyIdOf(sealed: string): string | null
  /** Makes a new data key in the caller's transaction and retires the others; call `reload` once it has committed. */
  rotate(tx: Transaction): Promise<Rotation>
  /** The same when the data key in use is older than that; else null. */
  rotateIfOlder(tx: Transaction, seconds: number): Promise<Rotation | null>
  /** Destroys a retired data key for ever, in the caller's transaction. Only for one that nothing is sealed under. */
  destroy(tx: Transaction, keyId: string): Promise<boolean>
  /** Reads the data keys again. */
  reload(): Promise<void>
}>

/** Whoever gives the key that was in use before says also how its end is put on record. */
type FormerKey =
  | Readonly<{ previousMasterKey?: null }>
  | Readonly<{ previousMasterKey: MasterKey | null; onRewrapped: OnRewrapped }>

export type VaultOptions = Readonly<{ database: Database; masterKey: MasterKey; clock: Clock }> & FormerKey

/**
 * A retired key may still seal on a node that has not heard of its retirement. After this many seconds every node has:
 * destroying a key must wait longer than that after retiring it.
 */
export const ENCRYPTION_KEY_MAX_AGE_SECONDS = 300

// From this age on the keys are read again beside the work, so that the limit above is hardly ever waited for.
const REFRESH_AFTER_SECONDS = 60

/** Opens the vault. Throws ConfigurationError when the database's data keys are under another master key. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const deps = { onRewrapped: null, ...options, previousMasterKey: options.previousMasterKey ?? null }
  let keyring = await openKeyring(deps)
  let loadedAt = deps.clock.now().getTime()
  let reloading: Promise<void> | null = null
  /** The key that vouches for the audit log. It stays the same, so whoever holds a transaction need not ask the database. */
  let vouchingKeyId: string | null = null

  function reload(): Promise<void> {
    reloading ??= reloadNow().finally(() => {
      reloading = null
    })
    return reloading
  }

  async function reloadNow(): Promise<void> {
    const askedAt = deps.clock.now().getTime()
    keyring = await reloadKeyring(deps, keyring)
    loadedAt = askedAt
  }

  function ageSeconds(): number {
    return (deps.clock.now().getTime() - loadedAt) / 1000
  }

  async function keyringForSealing(): Promise<Keyring> {
    const age = ageSeconds()
    if (age > ENCRYPTION_KEY_MAX_AGE_SECONDS) await reload()
    // Not awaited: the caller may hold the last free connection, and the keys in hand are good for longer. A failure is
    // not lost either, because the next seal past the limit meets it again and waits.
    else if (age > REFRESH_AFTER_SECONDS) reload().catch(() => undefined)
    return keyring
  }

  async function keyById(keyId: string): Promise<Buffer> {
    // A key unknown here may have been made by another node since.
    if (!keyring.keys.has(keyId)) await reload()
    // One that another node has destroyed must leave this one's memory too, also where nothing is ever sealed.
    else if (ageSeconds() > REFRESH_AFTER_SECONDS) reload().catch(() => undefined)
    const key = keyring.keys.get(keyId)
    if (key === undefined) throw new UnreadableError()
    return key
  }

  return {
    async seal(plaintext, place) {
      const { sealingKeyId, keys } = await keyringForSealing()
      const key = keys.get(sealingKeyId)
      if (key === undefined) throw new UnreadableError(place)
      const nonce = randomBytes(NONCE_BYTES)
      const sealed = encryptBytes(key, nonce, Buffer.from(plaintext, 'utf8'), aadOf(sealingKeyId, place))
      return formatEncrypted({ keyId: sealingKeyId, nonce, ...sealed })
    },

    async open(sealed, place) {
      const parts = parseEncrypted(sealed)
      const key = await keyById(parts.keyId)
      return decryptBytes(key, parts.nonce, parts, aadOf(parts.keyId, place)).toString('utf8')
    },

    digestOf(sealed) {
      return createHash('sha256').update(sealed, 'utf8').digest('hex')
    },

    async mac(text) {
      const keyId = vouchingKeyId ?? (await auditKeyId(deps))
      vouchingKeyId = keyId
      return { keyId, mac: macOf(await keyById(keyId), text) }
    },

    async isMac(text, { keyId, mac }) {
      try {
        return isSameMac(mac, macOf(await keyById(keyId), text))
      } catch (error) {
        if (error instanceof UnreadableError) return false
        throw error
      }
    },

    keyIdOf,
    rotate: (tx) => rotateDataKeys(tx, deps),
    rotateIfOlder: (tx, seconds) => rotateOldDataKey(tx, deps, seconds),
    destroy: (tx, keyId) => destroyDataKey(tx, deps, keyId),
    reload,
  }
}
