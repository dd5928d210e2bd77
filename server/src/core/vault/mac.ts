import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { KEY_BYTES } from './aes-gcm.ts'

/** The ID of a MAC key, and the HMAC-SHA256 (hex). */
export type Mac = Readonly<{ keyId: string; mac: string }>

/**
 * HMAC-SHA256 (hex) of a text under a key derived by HKDF-SHA256 (RFC 5869) from a data key. The derivation keeps MAC
 * and encryption keys separate.
 */
export function macOf(dataKey: Buffer, text: string): string {
  const key = Buffer.from(hkdfSync('sha256', dataKey, '', 'churchhub audit seal v1', KEY_BYTES))
  return createHmac('sha256', key).update(text, 'utf8').digest('hex')
}

/** Compares two HMACs (hex) in constant time. */
export function isSameMac(mac: string, expected: string): boolean {
  const [received, expectedBytes] = [Buffer.from(mac, 'utf8'), Buffer.from(expected, 'utf8')]
  return received.length === expectedBytes.length && timingSafeEqual(received, expectedBytes)
}
