import type { AadContext } from './aad-context.ts'
import { NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts'
import { UnreadableError } from './errors.ts'

/** A parsed encrypted text. */
export type EncryptedParts = Readonly<{ keyId: string; nonce: Buffer; ciphertext: Buffer; tag: Buffer }>

const ENCRYPTED_TEXT = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/

/** Writes `v1.<keyId>.<base64url(nonce ‖ ciphertext ‖ tag)>`. */
export function formatEncrypted({ keyId, nonce, ciphertext, tag }: EncryptedParts): string {
  return `v1.${keyId}.${packBytes({ nonce, ciphertext, tag })}`
}

/** Parses an encrypted text. Throws UnreadableError on anything that `formatEncrypted` couldn't have written. */
export function parseEncrypted(encrypted: string): EncryptedParts {
  const [, keyId, packed] = ENCRYPTED_TEXT.exec(encrypted) ?? []
  if (keyId === undefined || packed === undefined) throw new UnreadableError()
  return { keyId, ...unpackBytes(packed) }
}

/** The ID of the data key an encrypted text claims to use, or null if it doesn't have the format. */
export function keyIdOf(encrypted: string): string | null {
  return ENCRYPTED_TEXT.exec(encrypted)?.[1] ?? null
}

/** base64url without padding of nonce ‖ ciphertext ‖ tag. */
export function packBytes({ nonce, ciphertext, tag }: Omit<EncryptedParts, 'keyId'>): string {
  return Buffer.concat([nonce, ciphertext, tag]).toString('base64url')
}

/** The inverse of `packBytes`. Throws UnreadableError if it is too short or not canonically encoded. */
export function unpackBytes(packed: string): Omit<EncryptedParts, 'keyId'> {
  const bytes = Buffer.from(packed, 'base64url')
  // Decoders ignore unknown characters, so one value would have several encodings but only one digest in the log.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== packed) throw new UnreadableError()
  return {
    nonce: bytes.subarray(0, NONCE_BYTES),
    ciphertext: bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES),
    tag: bytes.subarray(bytes.length - TAG_BYTES),
  }
}

/**
 * The AAD of an encrypted value: `v1|keyId|table.column|rowId|ownerId`. A part with a `|` would be ambiguous, so it is
 * refused.
 */
export function aadOf(keyId: string, { column, rowId, ownerId }: AadContext): Buffer {
  const parts = ['v1', keyId, column, rowId, ownerId]
  if (parts.some((part) => part === '' || part.includes('|'))) {
    throw new UnreadableError()
  }
  return Buffer.from(parts.join('|'), 'utf8')
}
