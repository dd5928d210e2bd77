import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import type { Secret } from '../../platform/secret.ts'

/**
 * Encrypts positions in lists, so that a cursor tells nothing and nobody can make one up. Equal positions in one list
 * have equal cursors, on every node and after a restart.
 */
export type Cursors = Readonly<{
  /** @param list - what identifies the list and its order. It isn't part of the cursor. */
  seal(list: string, position: Buffer): string
  /** The position in a cursor. Null unless the cursor was sealed for this list, with the current or the previous key. */
  open(list: string, cursor: string): Buffer | null
}>

type CursorsOptions = Readonly<{
  /** The master key, from which the keys of cursors are derived. */
  masterKey: Secret<Buffer>
  /** During a rotation, the key before, whose cursors go on. */
  previousMasterKey: Secret<Buffer> | null
}>

type Keys = Readonly<{ mac: KeyObject; cipher: KeyObject }>

/** The first byte of a cursor, so that a later format can be told apart. */
const version = 1
const ivBytes = 16
const keyBytes = 32

/** The maximum length of a cursor: far more than the longest name in an order needs. */
const maxLength = 4_096

/**
 * Creates the cursors of a church by deterministic authenticated encryption, constructed as in RFC 5297 (SIV): the IV
 * is an HMAC of the list and the position, and proves both when the cursor comes back. Rationale:
 * docs/decisions/056-cursors.md.
 */
export function createCursors({ masterKey, previousMasterKey }: CursorsOptions): Cursors {
  const current = keysOf(masterKey)
  const accepted = previousMasterKey === null ? [current] : [current, keysOf(previousMasterKey)]
  return {
    seal: (list, position) => {
      const iv = ivOf(current, list, position)
      const cipher = createCipheriv('aes-256-ctr', current.cipher, iv)
      return Buffer.concat([Buffer.of(version), iv, cipher.update(position)]).toString('base64url')
    },
    open: (list, cursor) => {
      const bytes = cursor.length > maxLength ? Buffer.alloc(0) : Buffer.from(cursor, 'base64url')
      // Node skips what isn't base64url. Only the cursor's own spelling is accepted.
      if (bytes[0] !== version || bytes.length <= 1 + ivBytes || bytes.toString('base64url') !== cursor) return null
      const iv = bytes.subarray(1, 1 + ivBytes)
      for (const keys of accepted) {
        const position = createDecipheriv('aes-256-ctr', keys.cipher, iv).update(bytes.subarray(1 + ivBytes))
        if (timingSafeEqual(ivOf(keys, list, position), iv)) return position
      }
      return null
    },
  }
}

function keysOf(masterKey: Secret<Buffer>): Keys {
  const bytes = Buffer.from(hkdfSync('sha256', masterKey.reveal(), '', 'churchhub cursors v1', 2 * keyBytes))
  return { mac: createSecretKey(bytes.subarray(0, keyBytes)), cipher: createSecretKey(bytes.subarray(keyBytes)) }
}

function ivOf({ mac }: Keys, list: string, position: Buffer): Buffer {
  // The length keeps the list and the position apart.
  return createHmac('sha256', mac)
    .update(`${version}:${list.length}:${list}`, 'utf8')
    .update(position)
    .digest()
    .subarray(0, ivBytes)
}
