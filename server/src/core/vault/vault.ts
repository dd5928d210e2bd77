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
  type OnKeysRewrapped,
  openKeyring,
  type Rotation,
  reloadKeyring,
  rotateDataKeys,
  rotateOldDataKey,
} from './keyring.ts'
import { isSameMac, type Mac, macOf } from './mac.ts'

/** Encrypts and decrypts text. The only access to encrypted columns, in both directions. */
export type Vault = Readonly<{
  /** Encrypts text for one AAD context under the newest data key. The output differs each time. */
  encrypt(plaintext: string, context: AadContext): Promise<string>
  /** Decrypts a text. Throws UnreadableError unless it is intact and was encrypted for exactly this context. */
  decrypt(encrypted: string, context: AadContext): Promise<string>
  /** SHA-256 (hex) of an encrypted text, as recorded in the audit log. */
  digestOf(encrypted: string): string
  /** Computes a MAC with the audit log's key, which is the same on every node and never destroyed. */
  mac(text: string): Promise<Mac>
  /** Whether the MAC is valid. False for an unknown key, too. */
  isMac(text: string, mac: Mac): Promise<boolean>
  /** The ID of an encrypted text's data key; null if the text isn't in the format. Verifies nothing. */
  keyIdOf(encrypted: string): string | null
  /** Creates a new data key in the caller's transaction and retires the others; call `reload` after the commit. */
  rotate(tx: Transaction): Promise<Rotation>
  /** Rotates if the active data key is older than that; else null. */
  rotateIfOlder(tx: Transaction, seconds: number): Promise<Rotation | null>
  /** Permanently destroys a retired data key in the caller's transaction. Only for one without values. */
  destroy(tx: Transaction, keyId: string): Promise<boolean>
  /** Rereads the data keys. */
  reload(): Promise<void>
}>

/** A previous key requires a callback that records its replacement. */
type PreviousKey =
  | Readonly<{ previousMasterKey?: null }>
  | Readonly<{ previousMasterKey: MasterKey | null; onRewrapped: OnKeysRewrapped }>

export type VaultOptions = Readonly<{ database: Database; masterKey: MasterKey; clock: Clock }> & PreviousKey

/**
 * A node that is unaware of a key's retirement may still encrypt under it. After this many seconds every node knows:
 * wait longer than that before destroying a retired key.
 */
export const ENCRYPTION_KEY_MAX_AGE_SECONDS = 300

// From this age on, the keys are reloaded in the background, so the limit above rarely causes a wait.
const REFRESH_AFTER_SECONDS = 60

/** Opens the vault. Throws ConfigurationError if the database's data keys are under another master key. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const deps = { onRewrapped: null, ...options, previousMasterKey: options.previousMasterKey ?? null }
  let keyring = await openKeyring(deps)
  let loadedAt = deps.clock.now().getTime()
  let reloading: Promise<void> | null = null
  /** The MAC key's ID is constant; caching it avoids a query inside callers' transactions. */
  let macKeyId: string | null = null

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

  async function freshKeyring(): Promise<Keyring> {
    const age = ageSeconds()
    if (age > ENCRYPTION_KEY_MAX_AGE_SECONDS) await reload()
    // Not awaited: the caller may hold the last free connection, and the keys are still valid. A failure isn't lost:
    // the next encryption past the limit reloads and waits.
    else if (age > REFRESH_AFTER_SECONDS) reload().catch(() => undefined)
    return keyring
  }

  async function keyById(keyId: string): Promise<Buffer> {
    // An unknown key may have been created by another node since.
    if (!keyring.keys.has(keyId)) await reload()
    // A key destroyed by another node must leave this node's memory too, even if it never encrypts.
    else if (ageSeconds() > REFRESH_AFTER_SECONDS) reload().catch(() => undefined)
    const key = keyring.keys.get(keyId)
    if (key === undefined) throw new UnreadableError()
    return key
  }

  return {
    async encrypt(plaintext, context) {
      const { activeKeyId: sealingKeyId, keys } = await freshKeyring()
      const key = keys.get(sealingKeyId)
      if (key === undefined) throw new UnreadableError(context)
      const nonce = randomBytes(NONCE_BYTES)
      const encrypted = encryptBytes(key, nonce, Buffer.from(plaintext, 'utf8'), aadOf(sealingKeyId, context))
      return formatEncrypted({ keyId: sealingKeyId, nonce, ...encrypted })
    },

    async decrypt(encrypted, context) {
      const parts = parseEncrypted(encrypted)
      const key = await keyById(parts.keyId)
      return decryptBytes(key, parts.nonce, parts, aadOf(parts.keyId, context)).toString('utf8')
    },

    digestOf(encrypted) {
      return createHash('sha256').update(encrypted, 'utf8').digest('hex')
    },

    async mac(text) {
      const keyId = macKeyId ?? (await auditKeyId(deps))
      macKeyId = keyId
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
