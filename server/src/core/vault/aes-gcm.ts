import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { UnreadableError } from './errors.ts'

/** Bytes of an AES-256 key. */
export const KEY_BYTES = 32
/** Bytes of a nonce: the 96 bits for which GCM needs no extra hashing (NIST SP 800-38D, 8.2). */
export const NONCE_BYTES = 12
/** Bytes of an authentication tag. */
export const TAG_BYTES = 16

type Sealed = Readonly<{ ciphertext: Buffer; tag: Buffer }>

/**
 * AES-256-GCM. A nonce must never repeat under one key: that would reveal the key stream and the authentication key.
 * Only this folder calls it, always with a fresh random nonce; it is a parameter for test vectors.
 */
export function encryptBytes(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Sealed {
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(aad)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

/** Decrypts the output of `encryptBytes`. Throws UnreadableError, and returns no plaintext, unless the tag is valid. */
export function decryptBytes(
  key: Uint8Array,
  nonce: Uint8Array,
  { ciphertext, tag }: Readonly<{ ciphertext: Uint8Array; tag: Uint8Array }>,
  aad: Uint8Array,
): Buffer {
  // By default Node accepts tags of 4 to 16 bytes, and a short tag can be guessed.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new UnreadableError()
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  try {
    const unverified = decipher.update(ciphertext)
    // final() verifies the tag: return nothing before it has passed.
    return Buffer.concat([unverified, decipher.final()])
  } catch (error) {
    throw new UnreadableError(undefined, { cause: error })
  }
}

/** Weak, so that a discarded key leaves memory. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>()

/** Given bytes, Node creates a key object every time, which costs three times as much as encrypting a booking. */
function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key)
  if (known !== undefined) return known
  const keyObject = createSecretKey(key)
  keyObjects.set(key, keyObject)
  return keyObject
}
