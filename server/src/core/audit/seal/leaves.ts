import { createHash } from 'node:crypto'
import type { Position } from '../audit-rows.ts'
import { type AuditRow, digestOfAuditRow } from '../canonical.ts'

/** What a seal stores of one row: enough to identify it and detect changes. */
export type Leaf = Position & Readonly<{ digest: string }>

const timeBytes = 8
const idBytes = 16
/** A leaf is its time (milliseconds since 1970, 64 bits, big-endian), its ID, and the SHA-256 of its canonical form. */
export const leafBytes = timeBytes + idBytes + 32

/** The leaf of a row. */
export function leafOf(row: AuditRow): Leaf {
  return { createdAt: row.createdAt, id: row.id, digest: digestOfAuditRow(row) }
}

/** Concatenated leaves, as stored in `audit_seals.leaves`. */
export function packLeaves(leaves: readonly Leaf[]): Buffer {
  const bytes = Buffer.alloc(leaves.length * leafBytes)
  leaves.forEach(({ createdAt, id, digest }, index) => {
    const at = index * leafBytes
    bytes.writeBigInt64BE(BigInt(createdAt.getTime()), at)
    bytes.write(id.replaceAll('-', ''), at + timeBytes, 'hex')
    bytes.write(digest, at + timeBytes + idBytes, 'hex')
  })
  return bytes
}

/** The leaf at an index, or null past the end. */
export function leafAt(packed: Uint8Array, index: number): Leaf | null {
  const at = index * leafBytes
  if (at + leafBytes > packed.length) return null
  const bytes = Buffer.from(packed.buffer, packed.byteOffset + at, leafBytes)
  const id = bytes.subarray(timeBytes, timeBytes + idBytes).toString('hex')
  return {
    createdAt: new Date(Number(bytes.readBigInt64BE())),
    id: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    digest: bytes.subarray(timeBytes + idBytes).toString('hex'),
  }
}

/** SHA-256 (hex) of packed leaves, the `rowsDigest` of a seal. */
export function digestOfLeaves(packed: Uint8Array): string {
  return createHash('sha256').update(packed).digest('hex')
}
