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
 * AES-256-GCM. The nonce must never come twice under one key: a repeated one gives away the key stream and the
 * authentication key. Only this folder calls it, with a fresh random nonce each time; it is a parameter for test vectors.
 */
export function encryptBytes(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Sealed {
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(aad)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

/** Opens what `encryptBytes` made. Throws UnreadableError, and lets out no byte of plaintext, unless the tag is right. */
export function decryptBytes(
  key: Uint8Array,
  nonce: Uint8Array,
  { ciphertext, tag }: Readonly<{ ciphertext: Uint8Array; tag: Uint8Array }>,
  aad: Uint8Array,
): Buffer {
  // Node takes tags of 4 to 16 bytes unless told otherwise, and a short tag can be guessed.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new UnreadableError()
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(tag)
  try {
    const unverified = decipher.update(ciphertext)
    // final() is what checks the tag: nothing may be returned before it has passed.
    return Buffer.concat([unverified, decipher.final()])
  } catch (error) {
    throw new UnreadableError(undefined, { cause: error })
  }
}

/** Weak, so that a key that is let go of leaves the memory. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>()

/** Node takes bytes for a key, but makes an object of them each time, which costs three times what sealing a booking does. */
function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key)
  if (known !== undefined) return known
  const made = createSecretKey(key)
  keyObjects.set(key, made)
  return made
}
