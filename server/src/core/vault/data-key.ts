import { createHmac, randomBytes } from 'node:crypto'
import type { Secret } from '../../platform/secret.ts'
import { decryptBytes, encryptBytes, KEY_BYTES, NONCE_BYTES } from './aes-gcm.ts'
import { packBytes, unpackBytes } from './format.ts'

/** The 32 bytes of ENCRYPTION_KEY. They wrap data keys and encrypt nothing else. */
export type MasterKey = Secret<Buffer>

/** A new data key and its ID (16 hex digits, random, so two databases never share one). */
export function createDataKey(): { keyId: string; key: Buffer } {
  return { keyId: randomBytes(8).toString('hex'), key: randomBytes(KEY_BYTES) }
}

/**
 * Identifies the master key that wrapped a data key without revealing it: the first 16 hex digits of HMAC-SHA256(master
 * key, a constant). A wrong ENCRYPTION_KEY is detected by it before anything is written.
 */
export function fingerprintOf(masterKey: MasterKey): string {
  return createHmac('sha256', masterKey.reveal())
    .update('churchhub master key fingerprint v1')
    .digest('hex')
    .slice(0, 16)
}

/** Wraps a data key: AES-256-GCM under the master key, with the key's ID as AAD. */
export function wrapDataKey(masterKey: MasterKey, keyId: string, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES)
  return `v1.${packBytes({ nonce, ...encryptBytes(masterKey.reveal(), nonce, key, wrappingAad(keyId)) })}`
}

/** Unwraps a data key, or returns null if it wasn't wrapped by this master key under this ID. */
export function unwrapDataKey(masterKey: MasterKey, keyId: string, wrapped: string): Buffer | null {
  if (!wrapped.startsWith('v1.')) return null
  try {
    const { nonce, ...sealed } = unpackBytes(wrapped.slice('v1.'.length))
    const key = decryptBytes(masterKey.reveal(), nonce, sealed, wrappingAad(keyId))
    return key.length === KEY_BYTES ? key : null
  } catch {
    return null
  }
}

function wrappingAad(keyId: string): Buffer {
  return Buffer.from(`churchhub data key v1|${keyId}`, 'utf8')
}
