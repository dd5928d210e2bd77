import type { Database } from '../../../platform/database/client.ts'
import type { Vault } from '../../vault/vault.ts'
import { type Head, readHeads } from '../seal/heads.ts'
import type { Finding } from './findings.ts'
import { lostNameOf, readExplainedLosses, recordRestore } from './restore-receipts.ts'
import { verifyLog } from './verify-log.ts'

type ConfirmRestoreDeps = Readonly<{ database: Database; vault: Pick<Vault, 'mac' | 'isMac'> }>

/** `not_the_backup`: the database does not have the backup's head. `findings`: its log does not match its seals. */
export type ConfirmedRestore =
  | Readonly<{ kind: 'confirmed'; head: Head; lost: number }>
  | Readonly<{ kind: 'no_head' }>
  | Readonly<{ kind: 'not_the_backup'; head: Head }>
  | Readonly<{ kind: 'findings'; findings: readonly Finding[] }>

/**
 * Verifies a restored database against the newest head of its backup, and records a receipt that names every seal lost
 * by the restore: those in the head files, newer than the backup's, that the database no longer has. Later
 * verifications accept only these as lost. Nothing else is written.
 *
 * @param backup - the head file stored with the backup
 * @param files - the head files outside the database
 */
export async function confirmRestore(
  { database, vault }: ConfirmRestoreDeps,
  backup: string,
  files: readonly string[],
): Promise<ConfirmedRestore> {
  const head = (await Array.fromAsync(readHeads(backup))).at(-1)
  if (head === undefined) return { kind: 'no_head' }
  if (!(await isHeld(database, head))) return { kind: 'not_the_backup', head }
  const tally = { seals: 0, rows: 0, droppedRows: 0 }
  const findings = await Array.fromAsync(verifyLog({ database, vault }, tally))
  if (findings.length > 0) return { kind: 'findings', findings }
  const explained = await readExplainedLosses(database, vault)
  const lost = new Set<string>()
  for (const path of files) {
    for await (const known of readHeads(path)) {
      if (known.number <= head.number || explained.has(lostNameOf(known))) continue
      if (!(await isHeld(database, known))) lost.add(lostNameOf(known))
    }
  }
  await database.$transaction((tx) => recordRestore(tx, vault, head, [...lost]), { timeout: 60_000 })
  return { kind: 'confirmed', head, lost: lost.size }
}

async function isHeld(database: Database, { number, digest }: Head): Promise<boolean> {
  return (await database.auditSeal.count({ where: { number: BigInt(Math.trunc(number)), digest } })) > 0
}
