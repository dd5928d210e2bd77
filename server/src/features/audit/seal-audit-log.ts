import { join } from 'node:path'
import { headFileName } from '../../core/audit/seal/head-file-name.ts'
import { appendHead, type Head, readLastHead } from '../../core/audit/seal/heads.ts'
import { readNewestSeal } from '../../core/audit/seal/seal.ts'
import { type Sealed, type SealLogDeps, type SealLogOptions, sealLog } from '../../core/audit/seal/seal-log.ts'
import { witnessFileOf } from '../../core/audit/seal/witnesses.ts'
import { firstLost } from '../../core/audit/verify/verify-heads.ts'
import type { Env } from '../../platform/config/env.ts'
import type { Database } from '../../platform/database/client.ts'
import type { Log } from '../../platform/logging/log.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import { mailHead } from './mail-head.ts'

export type SealAuditLogDeps = SealLogDeps &
  Readonly<{
    env: Pick<Env, 'home' | 'auditWitness'>
    log: Pick<Log, 'info' | 'warn' | 'error'>
    mailer: Mailer | null
  }>

/**
 * Seals the closed part of the audit log and writes the newest head outside the database: to the server's log, to
 * `audit-head.jsonl` in CHURCHHUB_HOME, and to each witness in AUDIT_WITNESS. If the database no longer contains the last
 * head of such a file, or a witness can't be written, it logs an error and continues: sealing new entries matters more than
 * stopping.
 */
export async function sealAuditLog(deps: SealAuditLogDeps, options: SealLogOptions = {}): Promise<Sealed> {
  const { database, log, env } = deps
  const path = join(env.home, headFileName)
  const isNew = await isBehind(deps, path)
  const sealed = await sealLog(deps, options)
  if (sealed.isWaiting)
    log.warn("sealing the audit log is delayed: a session that can't be inspected has an open transaction")
  const newest = await readNewestSeal(database)
  if (newest === null) return sealed
  const { number, digest, mac, sealedAt } = newest
  const head = { number, digest, mac, sealedAt: sealedAt.toISOString() }
  // Also needed when another node sealed, or this one died between its commit and this line.
  if (isNew(head)) {
    await appendHead(path, head)
    log.info(head, 'the newest seal of the audit log')
  }
  for (const [index, file] of env.auditWitness.files.entries()) {
    await writeWitness(deps, file, head).catch((err: unknown) =>
      log.error({ err, witness: index + 1 }, 'failed to write a witness of the audit log: check AUDIT_WITNESS'),
    )
  }
  await mailHead(deps, head)
  return sealed
}

async function writeWitness(deps: SealAuditLogDeps, file: string, head: Head): Promise<void> {
  const path = await witnessFileOf(file)
  const isNew = await isBehind(deps, path)
  if (isNew(head)) await appendHead(path, head)
}

/**
 * Returns whether a head is newer than the file's last one. Logs an error if the database no longer contains that last head.
 */
async function isBehind(
  { database, log }: Readonly<{ database: Database; log: Pick<Log, 'error'> }>,
  path: string,
): Promise<(head: Head) => boolean> {
  const last = await readLastHead(path)
  const lostHead = last === null ? null : await firstLost(database, [last])
  if (lostHead !== null) {
    log.error({ number: lostHead.seal }, "the audit log doesn't match its seals: run npm run audit:verify")
  }
  return (head) => last === null || lostHead !== null || head.number > last.number
}
