import type { Transaction } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import type { AuditMetadata } from '../actions.ts'
import type { Reader } from '../audit-rows.ts'
import { recordAudit } from '../record.ts'
import type { Head } from '../seal/heads.ts'

/** The receipt that a confirmed restore writes. */
type RestoreReceipt = AuditMetadata<'audit.restored'>

/** The seal that a database was restored to. */
export type RestorePoint = Readonly<{ number: number; digest: string }>

/** The maximum number of lost seals per receipt. */
const maxLostPerReceipt = 1_000

/** The prefix of a seal's digest in a receipt: 128 bits identify it. */
export function lostNameOf({ digest }: Pick<Head, 'digest'>): string {
  return digest.slice(0, 32)
}

function receiptText({ restoredTo, restoredDigest, lost }: Omit<RestoreReceipt, 'keyId' | 'mac'>): string {
  return JSON.stringify(['churchhub restore receipt v1', restoredTo, restoredDigest, ...lost])
}

/**
 * Records that the database was restored to a seal, and names each lost seal. Only the heads of these are explained, so
 * a later rollback is detected even if it goes back to the same seal.
 */
export async function recordRestore(
  tx: Transaction,
  vault: Pick<Vault, 'mac'>,
  { number, digest }: RestorePoint,
  lost: readonly string[],
): Promise<void> {
  for (let start = 0; start === 0 || start < lost.length; start += maxLostPerReceipt) {
    const named = { restoredTo: number, restoredDigest: digest, lost: lost.slice(start, start + maxLostPerReceipt) }
    const metadata = { ...named, ...(await vault.mac(receiptText(named))) }
    const auditFields = {
      resource: 'audit_log',
      resourceId: null,
      userId: null,
      bookingId: null,
      origin: null,
    } as const
    await recordAudit(tx, [{ action: 'audit.restored', ...auditFields, metadata }])
  }
}

/** The names of all lost seals explained by receipts with a valid MAC. */
export async function readExplainedLosses(reader: Reader, vault: Pick<Vault, 'isMac'>): Promise<ReadonlySet<string>> {
  const rows = await reader.$queryRaw<{ metadata: RestoreReceipt }[]>`
    SELECT l.metadata FROM audit_logs l
    WHERE l.action = 'audit.restored' AND EXISTS (
      SELECT FROM audit_seals s
      WHERE s.number::text = l.metadata ->> 'restoredTo' AND s.digest = l.metadata ->> 'restoredDigest')`
  const explained = new Set<string>()
  for (const { metadata } of rows) {
    if (await vault.isMac(receiptText(metadata), metadata)) for (const name of metadata.lost) explained.add(name)
  }
  return explained
}
