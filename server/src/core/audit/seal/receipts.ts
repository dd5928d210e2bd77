import type { Vault } from '../../vault/vault.ts'
import type { AuditMetadata } from '../actions.ts'
import type { Reader } from '../audit-rows.ts'

/** The receipt that retention writes for a dropped partition. */
type Receipt = AuditMetadata<'audit.partition_dropped'>

/** A receipt without its MAC. */
export type Dropped = Omit<Receipt, 'keyId' | 'mac'>

/**
 * The text of a receipt's MAC. Anyone with write access to the database could write a receipt, but it is worthless
 * without the key.
 */
export function receiptText({ partition, from, until, rows, firstSeal, lastSeal, lastDigest }: Dropped): string {
  return JSON.stringify(['churchhub audit receipt v1', partition, from, until, rows, firstSeal, lastSeal, lastDigest])
}

/**
 * The number of the last seal whose rows retention has dropped, by receipts with a valid MAC; 0 if there is none.
 * Partitions are dropped oldest first, so the newest receipt covers all earlier ones, including those whose receipts
 * have been dropped since.
 */
export async function readLastDropped(reader: Reader, vault: Pick<Vault, 'isMac'>): Promise<number> {
  const rows = await reader.$queryRaw<{ metadata: Receipt; isOfThisChain: boolean }[]>`
    SELECT l.metadata, s.digest = l.metadata ->> 'lastDigest' AS "isOfThisChain"
    FROM audit_logs l JOIN audit_seals s ON s.number::text = l.metadata ->> 'lastSeal'
    WHERE l.action = 'audit.partition_dropped'
    ORDER BY l."createdAt" DESC, l.id DESC`
  let lastDropped = 0
  for (const { metadata, isOfThisChain } of rows) {
    const isGenuine = isOfThisChain && (await vault.isMac(receiptText(metadata), metadata))
    if (isGenuine) lastDropped = Math.max(lastDropped, metadata.lastSeal)
  }
  return lastDropped
}

/** The end of the newest segment that retention has dropped, by its receipts; null if there is none. */
export async function readDroppedUntil(reader: Reader, vault: Pick<Vault, 'isMac'>): Promise<Date | null> {
  const lastDropped = await readLastDropped(reader, vault)
  const [seal] = await reader.$queryRaw<{ until: Date }[]>`
    SELECT until FROM audit_seals WHERE number = ${lastDropped}::bigint`
  return seal?.until ?? null
}
